"""The pages of ``auth``: logging in, one's own account, users and units."""

from flask import Blueprint

from auth.views import account, code, units, users

blueprint = Blueprint("auth", __name__)
for part in (account, code, users, units):
    part.register(blueprint)
