CREATE TABLE "runbook_versions" (
	"runbook" text NOT NULL,
	"sha" text NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"authors" json NOT NULL,
	CONSTRAINT "runbook_versions_runbook_sha_pk" PRIMARY KEY("runbook","sha")
);
--> statement-breakpoint
CREATE TABLE "step_outputs" (
	"run" integer NOT NULL,
	"idx" smallint NOT NULL,
	"attempt" smallint NOT NULL,
	"body" text NOT NULL,
	"cut" boolean NOT NULL,
	CONSTRAINT "step_outputs_run_idx_attempt_pk" PRIMARY KEY("run","idx","attempt")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "escalate_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "domains" json DEFAULT '[]'::json NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_escalating" ON "runs" USING btree ("escalate_at") WHERE escalate_at is not null;