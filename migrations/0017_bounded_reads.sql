CREATE TABLE "incident_figures" (
	"number" integer PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"counted" boolean NOT NULL,
	"private" boolean NOT NULL,
	"open" boolean NOT NULL,
	"service" text,
	"team" text,
	"peak" text NOT NULL,
	"opened_at" bigint NOT NULL,
	"resolved_at" bigint,
	"helped_by" bigint,
	"detect" bigint NOT NULL,
	"acknowledge" bigint,
	"mitigate" bigint,
	"resolve" bigint,
	"answered" bigint,
	"pages_to" text[] NOT NULL,
	"pages_at" bigint[] NOT NULL,
	"signature" text,
	"linked" boolean NOT NULL,
	"idle" boolean NOT NULL,
	"updates_sent" integer NOT NULL,
	"updates_on_time" integer NOT NULL,
	"due_days" text[] NOT NULL,
	"down" "int8multirange"
);
--> statement-breakpoint
ALTER TABLE "incident_figures" SET (fillfactor = 80);
--> statement-breakpoint
CREATE TABLE "runbook_lookups" (
	"incident" integer PRIMARY KEY NOT NULL,
	"catalog" text NOT NULL,
	"version" integer NOT NULL,
	"found" boolean NOT NULL,
	"source" text,
	"fingerprint" text
);
--> statement-breakpoint
CREATE INDEX "incident_figures_opened" ON "incident_figures" USING btree ("opened_at");--> statement-breakpoint
CREATE INDEX "incident_figures_resolved" ON "incident_figures" USING btree ("resolved_at");--> statement-breakpoint
CREATE INDEX "incident_figures_due" ON "incident_figures" USING btree ("number") WHERE cardinality(due_days) > 0;--> statement-breakpoint
CREATE INDEX "runbook_lookups_found" ON "runbook_lookups" USING btree ("incident") WHERE found;--> statement-breakpoint
-- Indexes of large tables are not made here, where they would hold up writers: src/db/place/large-indexes.ts.
SELECT 1;
