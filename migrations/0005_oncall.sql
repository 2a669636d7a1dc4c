CREATE TABLE "mutes" (
	"id" bigint PRIMARY KEY NOT NULL,
	"matchers" json NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"from" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "overrides" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "overrides_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"schedule" text NOT NULL,
	"person" text NOT NULL,
	"from" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL,
	"by" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "wakings" (
	"page" text NOT NULL,
	"person" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "wakings_page_person_pk" PRIMARY KEY("page","person")
);
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "muted_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "muted_why" text;--> statement-breakpoint
CREATE INDEX "mutes_until" ON "mutes" USING btree ("until");--> statement-breakpoint
CREATE INDEX "overrides_until" ON "overrides" USING btree ("until");--> statement-breakpoint
CREATE INDEX "wakings_at" ON "wakings" USING btree ("at");--> statement-breakpoint
CREATE INDEX "alerts_muted" ON "alerts" USING btree ("muted_until") WHERE muted_until is not null;