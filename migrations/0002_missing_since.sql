ALTER TABLE "alerts" ADD COLUMN "missing_since" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "alerts_firing" ON "alerts" USING btree ("source","fingerprint") WHERE status = 'firing';--> statement-breakpoint
CREATE INDEX "alerts_missing" ON "alerts" USING btree ("missing_since") WHERE missing_since is not null;