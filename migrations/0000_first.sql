CREATE TABLE "alerts" (
	"source" text NOT NULL,
	"fingerprint" text NOT NULL,
	"status" text NOT NULL,
	"incident" integer,
	"priority" text NOT NULL,
	"priority_reason" text NOT NULL,
	"labels" json NOT NULL,
	"annotations" json NOT NULL,
	"generator_url" json NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"first_starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"seq" bigint NOT NULL,
	"repeats" integer NOT NULL,
	"flaps" integer NOT NULL,
	"group_keys" json NOT NULL,
	"receivers" json NOT NULL,
	"external_urls" json NOT NULL,
	CONSTRAINT "alerts_source_fingerprint_pk" PRIMARY KEY("source","fingerprint")
);
--> statement-breakpoint
CREATE TABLE "commands" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "commands_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text,
	"type" text NOT NULL,
	"urgency" smallint NOT NULL,
	"weight" integer NOT NULL,
	"actor" json NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"reply_to" json,
	"evidence" text,
	"body" text NOT NULL,
	"done_at" timestamp (3) with time zone,
	"outcome" text,
	"attempts" smallint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "effects" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "effects_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"lane" text NOT NULL,
	"incident" integer,
	"urgency" smallint NOT NULL,
	"effect" json NOT NULL,
	"every" integer,
	"status" text NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"wanted" integer NOT NULL,
	"epoch" integer NOT NULL,
	"attempts" integer NOT NULL,
	"unsure" boolean NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"error" text,
	"memo" json
);
--> statement-breakpoint
CREATE TABLE "events" (
	"incident" integer NOT NULL,
	"seq" integer NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"actor" json NOT NULL,
	"data" json NOT NULL,
	"evidence" json NOT NULL,
	CONSTRAINT "events_incident_seq_pk" PRIMARY KEY("incident","seq")
);
--> statement-breakpoint
CREATE TABLE "incidents" (
	"number" integer PRIMARY KEY NOT NULL,
	"uid" text NOT NULL,
	"key" text NOT NULL,
	"status" text NOT NULL,
	"priority" text NOT NULL,
	"service" text,
	"team" text,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"version" integer NOT NULL,
	"state" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "postmortem_texts" (
	"incident" integer NOT NULL,
	"section" text NOT NULL,
	"version" integer NOT NULL,
	"text" text NOT NULL,
	"author" json NOT NULL,
	"written_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "postmortem_texts_incident_section_version_pk" PRIMARY KEY("incident","section","version")
);
--> statement-breakpoint
CREATE TABLE "timers" (
	"incident" integer NOT NULL,
	"timer" text NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "timers_incident_timer_pk" PRIMARY KEY("incident","timer")
);
--> statement-breakpoint
CREATE INDEX "alerts_incident" ON "alerts" USING btree ("incident");--> statement-breakpoint
CREATE UNIQUE INDEX "commands_key" ON "commands" USING btree ("key") WHERE key is not null;--> statement-breakpoint
CREATE INDEX "commands_pending" ON "commands" USING btree ("urgency","id") WHERE done_at is null;--> statement-breakpoint
CREATE INDEX "commands_done" ON "commands" USING btree ("done_at") WHERE done_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "effects_key" ON "effects" USING btree ("key");--> statement-breakpoint
CREATE INDEX "effects_due" ON "effects" USING btree ("lane","urgency","due_at") WHERE status in ('pending','started');--> statement-breakpoint
CREATE INDEX "effects_incident" ON "effects" USING btree ("incident");--> statement-breakpoint
CREATE INDEX "incidents_key" ON "incidents" USING btree ("key","number");--> statement-breakpoint
CREATE INDEX "incidents_open_service" ON "incidents" USING btree ("service","number") WHERE status in ('triggered','acknowledged','mitigated');--> statement-breakpoint
CREATE INDEX "incidents_status" ON "incidents" USING btree ("status","number");--> statement-breakpoint
CREATE INDEX "incidents_priority" ON "incidents" USING btree ("priority","number");--> statement-breakpoint
CREATE INDEX "timers_due" ON "timers" USING btree ("due_at");