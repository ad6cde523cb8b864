"""The one table: what must happen on every route, for every method, role and case.

A cell is one letter. ``.`` the person is let in and the case is answered for (whatever the form then says); ``-`` there
is nothing here that the person may see (404); ``x`` the role does not include it (403). Whoever is not logged in is led
to the log-in page everywhere but on the public routes. A route, method, action or role that stands here no line fails.
"""

from collections.abc import Mapping

from auth.permissions import Role

R, O, S, A, C = Role.RECEPTION, Role.OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.CUSTODIAN  # noqa: E741

Cells = Mapping[Role, str]

# Cases in the order of ``office.CASES``: public, internal, a denunciation of another unit, one of the own unit, one
# that accuses the own unit. Reception and supervisor belong to the accused unit here, and see all other denunciations.
SEEN: Cells = {R: "....-", O: "..-.-", S: "....-", A: "xxxxx", C: "xxxxx"}
BY_SUPERVISOR: Cells = {R: "xxxxx", O: "xxxxx", S: "....-", A: "xxxxx", C: "xxxxx"}
# A complaint is nobody's denunciation: nobody is accused in it, for anybody.
DENUNCIATIONS: Cells = {R: "--..-", O: "---.-", S: "--..-", A: "xxxxx", C: "xxxxx"}
# Legal events: whoever works on the case, and who supervises.
RECORDING: Cells = {R: "xxxx-", O: "xx-.-", S: "....-", A: "xxxxx", C: "xxxxx"}
LIFTING: Cells = {R: "xxxxx", O: "xxxxx", S: "--..-", A: "xxxxx", C: "xxxxx"}

CASE_ROUTES: Mapping[tuple[str, str], Cells] = {
    ("case.show", "GET"): SEEN,
    ("story.show", "GET"): SEEN,
    ("receipt.show", "GET"): SEEN,
    ("limits.show", "GET"): SEEN,
    ("limits.form", "GET"): SEEN,
    ("limits.record", "POST"): RECORDING,
    ("limits.take_back", "POST"): RECORDING,
    ("correct.form", "GET"): SEEN,
    ("correct.save", "POST"): SEEN,
    ("papers.receive", "POST"): SEEN,
    ("papers.give_back", "POST"): SEEN,
    ("attachments.add", "POST"): SEEN,
    ("attachments.download", "GET"): SEEN,
    ("accused.show", "GET"): DENUNCIATIONS,
    ("accused.name", "POST"): DENUNCIATIONS,
    ("accused.lift", "POST"): LIFTING,
    ("duplicates.group", "GET"): BY_SUPERVISOR,
    ("duplicates.handle", "POST"): BY_SUPERVISOR,
}

# Actions of ``POST /petitions/<number>/<action>``: the roles that may ever do each. For others nothing happens to what
# they see (403, or 409 where the state does not allow it to anybody), and everybody gets 404 on what they do not see.
ACTIONS: Mapping[str, frozenset[Role]] = {
    "take": frozenset({O, S}),
    "assign": frozenset({O, S}),
    "reassign": frozenset({O, S}),
    "send-back": frozenset({O, S}),
    "escalate": frozenset({R, O, S}),
    "return": frozenset({S}),
    "resolve": frozenset({O, S}),
    "propose": frozenset({O, S}),
    "confirm": frozenset({S}),
    "decline": frozenset({S}),
    "reopen": frozenset({S}),
    "void": frozenset({R, S}),
    "conflict": frozenset({R, O, S}),
    "undo": frozenset({R, O, S}),
    "notes": frozenset({R, O, S}),
    "reminders": frozenset({R, O, S}),
    "flag-complex": frozenset({R, O, S}),
    "flag-prominent": frozenset({R, O, S}),
    "unflag-complex": frozenset({R, O, S}),
    "unflag-prominent": frozenset({R, O, S}),
}

# Routes that name no case: who enters. Letters of the roles, in their order.
PLAIN_ROUTES: Mapping[tuple[str, str], str] = {
    ("auth.logout", "POST"): "ROSAC",
    ("auth.password", "GET"): "ROSAC",
    ("auth.password", "POST"): "ROSAC",
    ("home.home", "GET"): "ROSAC",
    ("home.looked", "POST"): "ROS",
    ("absences.show", "GET"): "ROS",
    ("absences.record", "POST"): "OS",
    ("absences.cancel", "POST"): "OS",
    ("audits.overdue", "GET"): "S",
    ("audits.workbook", "GET"): "S",
    ("auth.units", "GET"): "A",
    ("auth.units", "POST"): "A",
    ("auth.unit_rename", "POST"): "A",
    ("auth.unit_activate", "POST"): "A",
    ("auth.unit_deactivate", "POST"): "A",
    ("auth.users", "GET"): "A",
    ("auth.user_new", "GET"): "A",
    ("auth.user_new", "POST"): "A",
    ("auth.user", "GET"): "A",
    ("auth.user", "POST"): "A",
    ("auth.user_reset", "POST"): "A",
    ("auth.user_totp", "POST"): "A",
    ("auth.user_disable", "POST"): "A",
    ("auth.user_enable", "POST"): "A",
    ("bulk.bulk", "POST"): "ROS",
    ("day_list.show", "GET"): "ROS",
    ("drafts.draft", "POST"): "RS",
    ("drafts.earlier", "GET"): "RS",
    ("drafts.ward_list", "GET"): "ROS",
    ("duplicates.page", "GET"): "S",
    ("importing.page", "GET"): "RS",
    ("importing.hand_in", "POST"): "RS",
    ("importing.run", "GET"): "RS",
    ("importing.state", "GET"): "RS",
    ("importing.rejects", "GET"): "RS",
    ("importing.template", "GET"): "RS",
    ("intake.new", "GET"): "RS",
    ("intake.create", "POST"): "RS",
    ("likeness.earlier_letters", "POST"): "RS",
    ("list_files.queue", "GET"): "RS",
    ("morning.show", "GET"): "OS",
    ("office.settings", "GET"): "SA",
    ("office.add_field", "POST"): "SA",
    ("office.change_field", "POST"): "SA",
    ("office.set_confirmation", "POST"): "SA",
    ("office.set_counting", "POST"): "SA",
    ("office.calendar", "GET"): "SA",
    ("office.set_day", "POST"): "SA",
    ("office.remove_day", "POST"): "SA",
    ("programmes.index", "GET"): "ROS",
    ("programmes.show", "GET"): "ROS",
    ("programmes.create", "POST"): "S",
    ("programmes.end", "POST"): "S",
    ("queues.queue", "GET"): "ROS",
    ("queues.next_case", "POST"): "OS",
    ("saved_views.show", "GET"): "ROS",
    ("saved_views.save", "POST"): "ROS",
    ("saved_views.edit", "GET"): "ROS",
    ("saved_views.change", "POST"): "ROS",
    ("saved_views.remove", "POST"): "ROS",
    ("search.page", "GET"): "ROS",
    ("search_export.results", "GET"): "RS",
    ("search_office.forms", "GET"): "SA",
    ("search_office.add", "POST"): "SA",
    ("search_office.remove", "POST"): "SA",
    ("search_office.noted", "GET"): "SA",
    ("sheet.show", "GET"): "SA",
    ("steps.reminder_done", "POST"): "ROS",
    ("visits.show", "GET"): "ROS",
    ("visits.new", "GET"): "RS",
    ("visits.create", "POST"): "RS",
    ("visits.workbook", "GET"): "RS",
    ("weights.show", "GET"): "S",
    ("weights.save", "POST"): "S",
    ("workload.show", "GET"): "OS",
    ("workload.suggest", "GET"): "OS",
    ("workload.confirm", "POST"): "OS",
}
LETTERS: Mapping[str, Role] = {"R": R, "O": O, "S": S, "A": A, "C": C}

# Nobody needs to be logged in for these.
PUBLIC_ROUTES = frozenset(
    {
        ("auth.login", "GET"),
        ("auth.login", "POST"),
        ("auth.login_code", "GET"),
        ("auth.login_code", "POST"),
        ("auth.language", "POST"),
        ("auth.theme", "POST"),
        ("auth.session", "GET"),
    }
)
