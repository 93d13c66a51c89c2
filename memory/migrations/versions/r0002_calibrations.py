"""Calibrations are kept, so that a quote does not measure the machine again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calibrations",
        sa.Column("weights_sha256", sa.String(), nullable=False),
        sa.Column("num_threads", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("weights_sha256", "num_threads", "machine", name="pk_calibrations"),
    )


def downgrade() -> None:
    op.drop_table("calibrations")
