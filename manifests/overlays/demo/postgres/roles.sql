-- The source, which the reader may only read, and the catalog with a role of its own.
CREATE ROLE stockpot_reader LOGIN PASSWORD :'password';
CREATE ROLE stockpot_catalog LOGIN PASSWORD :'password';
CREATE DATABASE gourmetgram;
CREATE DATABASE catalog OWNER stockpot_catalog;
REVOKE CONNECT ON DATABASE gourmetgram, catalog FROM PUBLIC;
GRANT CONNECT ON DATABASE gourmetgram TO stockpot_reader;
ALTER ROLE stockpot_reader SET default_transaction_read_only = on;
