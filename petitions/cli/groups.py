"""The command groups of the domain."""

from flask.cli import AppGroup

petition_group = AppGroup("petition", help="Import and show petitions.")
queue_group = AppGroup("queue", help="List the queues and check their order.")
demo_group = AppGroup("demo", help="Load invented petitions.")
clock_group = AppGroup("clock", help="Legal limits: what they are, when they end and why.")
calendar_group = AppGroup("calendar", help="The working-day calendar of the office.")
