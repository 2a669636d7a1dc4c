CREATE TABLE "alert_sources" (
	"url" text PRIMARY KEY NOT NULL,
	"cluster" text NOT NULL,
	"external_urls" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "heartbeats" (
	"name" text PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"note" text
);
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "watchdog" boolean;--> statement-breakpoint
ALTER TABLE "incidents" ADD COLUMN "open_tasks" boolean;--> statement-breakpoint
CREATE INDEX "alerts_watchdog" ON "alerts" USING btree ("source","fingerprint") WHERE watchdog;--> statement-breakpoint
CREATE INDEX "incidents_open_tasks" ON "incidents" USING btree ("number") WHERE open_tasks is not false;