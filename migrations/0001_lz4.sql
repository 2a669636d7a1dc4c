-- Bodies of deliveries are long and much alike. lz4 packs them several times faster than the default; a server built
-- without it keeps the default.
DO $$ BEGIN
  ALTER TABLE "commands" ALTER COLUMN "body" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL;
END $$;
