"""Shapes of the forms: what must be given, how long it may be, what may be chosen. Rules live in the services."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from auth.services.accounts import MAX_FULL_NAME
from auth.services.units import MAX_NAME
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l

# Longer input is nobody's password or name; it is refused before any work is done on it.
_ABSURD = 1000


class LoginForm(FlaskForm):
    """User name and password."""

    username = StringField(validators=[DataRequired(_l("Enter your user name.")), Length(max=_ABSURD)])
    password = PasswordField(validators=[InputRequired(_l("Enter your password.")), Length(max=_ABSURD)])


class CodeForm(FlaskForm):
    """The code of the second factor."""

    code = StringField(validators=[InputRequired(_l("Type the six digits.")), Length(max=_ABSURD)])


class PasswordForm(FlaskForm):
    """Change of one's own password."""

    current_password = PasswordField(
        validators=[InputRequired(_l("Enter your present password.")), Length(max=_ABSURD)]
    )
    new_password = PasswordField(validators=[InputRequired(_l("Enter a new password.")), Length(max=_ABSURD)])
    repeat_password = PasswordField(
        validators=[InputRequired(_l("Enter the new password again.")), Length(max=_ABSURD)]
    )


class UserForm(FlaskForm):
    """A user's profile. ``units`` and ``head_of`` hold ids of units."""

    username = StringField(validators=[DataRequired(_l("Enter a user name."))])
    full_name = StringField(
        validators=[
            DataRequired(_l("Enter the full name.")),
            Length(max=MAX_FULL_NAME, message=_l("At most %(count)s characters.", count=MAX_FULL_NAME)),
        ]
    )
    role = SelectField(validators=[InputRequired(_l("Choose a role."))], validate_choice=False)
    units = SelectMultipleField(coerce=int, validate_choice=False)
    head_of = SelectMultipleField(coerce=int, validate_choice=False)


class DisableForm(FlaskForm):
    """Who takes over the open work of somebody who is disabled; empty when there is none."""

    successor = StringField(validators=[Length(max=20)])


class UnitForm(FlaskForm):
    """A unit's name."""

    name = StringField(
        validators=[
            DataRequired(_l("Enter the name of the unit.")),
            Length(max=MAX_NAME, message=_l("At most %(count)s characters.", count=MAX_NAME)),
        ]
    )


class ButtonForm(FlaskForm):
    """A button that does something, and nothing to fill in."""


def errors_of(form: FlaskForm) -> dict[str, str]:
    """The first error of each field, in the order of the form; what belongs to no field stands under ``_``."""
    errors: dict[str, str] = {}
    for name, messages in form.errors.items():
        if name == "csrf_token":
            errors["_"] = _("This page was open for too long. Nothing was saved; send it again.")
        elif messages:
            errors[name or "_"] = str(messages[0])
    return errors
