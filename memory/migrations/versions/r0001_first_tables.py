"""The first tables: workspace, projects, productions, and what hangs below a production."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_roots()
    _make_plan_and_film()
    _make_judgements()
    _make_money()


def downgrade() -> None:
    op.drop_table("receipts")
    op.drop_table("reservations")
    op.drop_table("quotes")
    op.drop_index("ix_lessons_project_id", table_name="lessons")
    op.drop_table("lessons")
    op.drop_table("reviews")
    op.drop_table("findings")
    op.drop_table("deliverables")
    op.drop_table("cuts")
    op.drop_table("takes")
    op.drop_table("plans")
    op.drop_table("briefs")
    op.drop_index("ix_productions_project_id", table_name="productions")
    op.drop_index("ix_productions_created_at", table_name="productions")
    op.drop_table("productions")
    op.drop_table("projects")
    op.drop_table("workspaces")


def _make_roots() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("name", name="uq_projects_name"),
    )
    op.create_table(
        "productions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("brief_text", sa.Text(), nullable=False),
        sa.Column("brief_sha256", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("package", sa.String(), nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_productions_project_id_projects"),
        sa.PrimaryKeyConstraint("id", name="pk_productions"),
        sa.UniqueConstraint("brief_sha256", "ordinal", name="uq_productions_brief_sha256"),
    )
    op.create_index("ix_productions_created_at", "productions", ["created_at"])
    op.create_index("ix_productions_project_id", "productions", ["project_id"])
    _make_below_production("briefs", [], _json("record"))


def _make_plan_and_film() -> None:
    _make_below_production(
        "plans", [_count("version")], _json("concept"), _json("look"), _json("storyboard"), _moment("created_at")
    )
    _make_below_production(
        "takes",
        [sa.Column("id", sa.String(), nullable=False)],
        sa.Column("shot_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("request_digest", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("seconds_elapsed", sa.Float(), nullable=False),
        sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("weights_sha256", sa.String(), nullable=True),
    )
    _make_below_production(
        "cuts", [_count("version")], sa.Column("sha256", sa.String(), nullable=False), _json("record")
    )
    _make_below_production("deliverables", [_count("version")], _json("record"))


def _make_judgements() -> None:
    _make_below_production(
        "findings",
        [_count("version"), sa.Column("id", sa.String(), nullable=False)],
        sa.Column("position", sa.Integer(), nullable=False),
        _json("record"),
    )
    op.create_table(
        "reviews",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("production_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        _json("record"),
        _moment("recorded_at"),
        sa.ForeignKeyConstraint(["production_id"], ["productions.id"], name="fk_reviews_production_id_productions"),
        sa.PrimaryKeyConstraint("sequence", name="pk_reviews"),
        sa.UniqueConstraint("production_id", "id", name="uq_reviews_production_id"),
    )
    op.create_table(
        "lessons",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("production_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        _json("record"),
        sa.ForeignKeyConstraint(["production_id"], ["productions.id"], name="fk_lessons_production_id_productions"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_lessons_project_id_projects"),
        sa.PrimaryKeyConstraint("sequence", name="pk_lessons"),
        sa.UniqueConstraint("production_id", "id", name="uq_lessons_production_id"),
    )
    op.create_index("ix_lessons_project_id", "lessons", ["project_id"])


def _make_money() -> None:
    key = [sa.Column("id", sa.String(), nullable=False)]
    _make_below_production("quotes", key, sa.Column("position", sa.Integer(), nullable=False), _json("record"))
    _make_below_production(
        "reservations",
        [sa.Column("id", sa.String(), nullable=False)],
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("eur", sa.Float(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("spent_seconds", sa.Float(), nullable=True),
        sa.Column("spent_eur", sa.Float(), nullable=True),
    )
    _make_below_production("receipts", [_count("version")], _json("record"))


def _make_below_production(table: str, key: "list[sa.Column[Any]]", *columns: "sa.Column[Any]") -> None:
    """A table keyed by its production first, then by `key`."""
    op.create_table(
        table,
        sa.Column("production_id", sa.String(), nullable=False),
        *key,
        *columns,
        sa.ForeignKeyConstraint(["production_id"], ["productions.id"], name=f"fk_{table}_production_id_productions"),
        sa.PrimaryKeyConstraint("production_id", *(column.name for column in key), name=f"pk_{table}"),
    )


def _moment(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.JSON(), nullable=False)


def _count(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)
