CREATE TABLE "rotations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "rotations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"schedule" text NOT NULL,
	"rotation" json NOT NULL,
	"from" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone,
	"read_at" timestamp (3) with time zone NOT NULL,
	"replaced_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE UNIQUE INDEX "rotations_latest" ON "rotations" USING btree ("schedule") WHERE until is null;--> statement-breakpoint
CREATE INDEX "rotations_until" ON "rotations" USING btree ("until");