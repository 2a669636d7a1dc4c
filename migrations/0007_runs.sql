CREATE TABLE "automation_switches" (
	"scope" text NOT NULL,
	"name" text NOT NULL,
	"by" json NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "automation_switches_scope_name_pk" PRIMARY KEY("scope","name")
);
--> statement-breakpoint
CREATE TABLE "breakers" (
	"runbook" text NOT NULL,
	"target" text NOT NULL,
	"fails" integer NOT NULL,
	"open_until" timestamp (3) with time zone,
	CONSTRAINT "breakers_runbook_target_pk" PRIMARY KEY("runbook","target")
);
--> statement-breakpoint
CREATE TABLE "run_locks" (
	"key" text PRIMARY KEY NOT NULL,
	"run" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"number" integer PRIMARY KEY NOT NULL,
	"incident" integer,
	"runbook" text NOT NULL,
	"sha" text NOT NULL,
	"mode" text NOT NULL,
	"target" text NOT NULL,
	"labels" json NOT NULL,
	"alert" json,
	"by" json,
	"systemic" boolean NOT NULL,
	"plan" json NOT NULL,
	"plan_hash" text NOT NULL,
	"state" text NOT NULL,
	"asked" json,
	"proof" json,
	"ending" json,
	"reason" text DEFAULT '' NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"urgency" smallint NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"next_at" timestamp (3) with time zone,
	"wrote_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "steps" (
	"run" integer NOT NULL,
	"idx" smallint NOT NULL,
	"attempt" smallint NOT NULL,
	"state" text NOT NULL,
	"writes" boolean NOT NULL,
	"idem_key" text NOT NULL,
	"epoch" integer NOT NULL,
	"intent" json NOT NULL,
	"handle" json,
	"outcome" json,
	"before" json,
	"after" json,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "steps_run_idx_attempt_pk" PRIMARY KEY("run","idx","attempt")
);
--> statement-breakpoint
CREATE INDEX "runs_due" ON "runs" USING btree ("next_at") WHERE next_at is not null;--> statement-breakpoint
CREATE INDEX "runs_incident" ON "runs" USING btree ("incident","number");--> statement-breakpoint
CREATE INDEX "runs_runbook" ON "runs" USING btree ("runbook","number");--> statement-breakpoint
CREATE INDEX "runs_wrote" ON "runs" USING btree ("wrote_at") WHERE wrote_at is not null;--> statement-breakpoint
CREATE INDEX "steps_written" ON "steps" USING btree ("started_at") WHERE writes;