"""The role of the custodian, the second factor of a log-in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BEFORE = "role IN ('reception', 'officer', 'supervisor', 'administrator')"
AFTER = "role IN ('reception', 'officer', 'supervisor', 'administrator', 'custodian')"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("user_account", sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user_account", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column("login_session", sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false()))
    _check_roles(BEFORE, AFTER)


def downgrade() -> None:
    # Nobody else can take the place of a custodian; they cannot log in before the office decides what they are.
    op.execute("UPDATE user_account SET role = 'reception', active = false WHERE role = 'custodian'")
    _check_roles(AFTER, BEFORE)
    op.drop_column("login_session", "pending")
    for name in ("totp_step", "totp_confirmed_at", "totp_secret"):
        op.drop_column("user_account", name)


def _check_roles(before: str, after: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_user_account_role", "user_account")
        op.create_check_constraint(op.f("ck_user_account_role"), "user_account", after)
        return
    # SQLite would have to copy the table, to which a dozen others refer. A check touches no row, so its documentation
    # allows to write the new one into the schema.
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = bind.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after)"
            " WHERE type = 'table' AND name = 'user_account' AND instr(sql, :before) > 0"
        ),
        {"before": before, "after": after},
    )
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
    if changed.rowcount != 1:
        raise RuntimeError("the check of user_account.role was not found")
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
