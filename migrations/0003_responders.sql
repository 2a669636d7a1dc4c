ALTER TABLE "alerts" ADD COLUMN "merged_from" integer;--> statement-breakpoint
ALTER TABLE "incidents" ADD COLUMN "channel" text;--> statement-breakpoint
CREATE INDEX "alerts_merged_from" ON "alerts" USING btree ("merged_from") WHERE merged_from is not null;--> statement-breakpoint
CREATE INDEX "incidents_channel" ON "incidents" USING btree ("channel","number") WHERE channel is not null;