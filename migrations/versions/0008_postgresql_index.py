"""The search index kept by PostgreSQL, where it does: full text over what was indexed, twice, so that one can be made
anew while the other is searched. SQLite has none of this; its index is a folder.

In a schema of its own: the program's models do not speak of it, and backups may leave it out.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = ("cases", "files")

# Sets for several questions in one round trip. The planner must use the index: it would rather read all rows for a frequent
# term, and each row's terms with it. Within a function it can be told so.
HAVING = """
CREATE FUNCTION search.having(documents regclass, asked text[]) RETURNS TABLE (place integer, ids bytea)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
  FOR at IN 1 .. cardinality(asked) LOOP
    place := at;
    EXECUTE format(
      'SELECT string_agg(int4send(petition_id::int4), '''') FROM %s WHERE terms @@ $1::tsquery', documents
    ) INTO ids USING asked[at];
    RETURN NEXT;
  END LOOP;
END
$$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("CREATE SCHEMA search")
    op.execute(
        "CREATE TABLE search.kept (name varchar(8) PRIMARY KEY, made_by text NOT NULL, present smallint NOT NULL,"
        " generation bigint NOT NULL, complete boolean NOT NULL, resume_after bigint NOT NULL,"
        " building boolean NOT NULL, building_after bigint NOT NULL, former_since timestamptz)"
    )
    for name in INDEXES:
        for half in (0, 1):
            documents = f"search.{name}_{half}"
            op.execute(
                f"CREATE TABLE {documents} (petition_id bigint NOT NULL, part smallint NOT NULL,"
                " version bigint NOT NULL, generation bigint NOT NULL, terms tsvector NOT NULL,"
                " PRIMARY KEY (petition_id, part))"
            )
            # Read back only when a petition changes: kept out of the rows, these stay short and quick to go through.
            op.execute(f"ALTER TABLE {documents} ALTER COLUMN terms SET STORAGE EXTENDED")
            op.execute(f"CREATE INDEX ON {documents} USING gin (terms)")
            op.execute(f"CREATE INDEX ON {documents} (generation)")
            op.execute(f'CREATE TABLE {documents}_word (word text COLLATE "C" PRIMARY KEY, petitions bigint NOT NULL)')
    op.execute(HAVING)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SCHEMA search CASCADE")
