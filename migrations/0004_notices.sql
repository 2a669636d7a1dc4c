CREATE TABLE "notices" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notices_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel" text NOT NULL,
	"incident" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "truncated_groups" (
	"source" text NOT NULL,
	"group" text NOT NULL,
	"incident" integer NOT NULL,
	"hidden" integer NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "truncated_groups_source_group_incident_pk" PRIMARY KEY("source","group","incident")
);
--> statement-breakpoint
CREATE INDEX "notices_channel" ON "notices" USING btree ("channel","id");--> statement-breakpoint
CREATE INDEX "truncated_groups_incident" ON "truncated_groups" USING btree ("incident");