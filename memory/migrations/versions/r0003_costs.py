"""What was computed besides takes is put on record, and a calibration learns from the work that came after it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "costs",
        sa.Column("production_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["production_id"], ["productions.id"], name="fk_costs_production_id_productions"),
        sa.PrimaryKeyConstraint("production_id", "id", name="pk_costs"),
    )
    op.add_column("calibrations", sa.Column("paces", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("calibrations", "paces")
    op.drop_table("costs")
