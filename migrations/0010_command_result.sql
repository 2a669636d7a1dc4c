ALTER TABLE "commands" ADD COLUMN "result" json;--> statement-breakpoint
ALTER TABLE "overrides" ADD COLUMN "number" bigint;