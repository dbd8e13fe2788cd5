"""The text of a first fleet.yaml: short, valid, with comments that say how to go on."""

FLEET_SCHEMA_FILE = "fleet.schema.json"
"""Where the file looks for its JSON Schema: beside itself."""

STACKS_FOLDER = "stacks"


def write_first_fleet() -> str:
    """The file's text. It needs no account: the sandbox is one of this process."""
    return _TEXT


_TEXT = f"""\
# yaml-language-server: $schema={FLEET_SCHEMA_FILE}
# Many stacks in many accounts, all the time. Secrets are references: a variable (env), a file, or
# what a command writes. `ccloud-apply fleet check` looks at all of it.

accounts:
  trial:
    endpoint: sandbox                   # the embedded API: nothing is ordered
#   customer-a:
#     client_id: {{env: CUSTOMER_A_ID}}
#     client_secret: {{file: /run/secrets/customer-a}}
#     limits: {{requests_per_second: 10, runs: 4, creates: 10}}
#     sweep: {{every: 30m}}               # one look at the account for all of its stacks
#     secrets: {{prefix: CUSTOMER_A_SECRET_}}   # its stacks see these, as CCLOUD_SECRET_

sources:
  - folder: {STACKS_FOLDER}                      # every stack file in it
    account: trial
#   - git: https://git.example.com/customers.git
#     ref: main
#     poll: 5m
#     stacks: ["customers/*/stacks/**/*.yaml"]
#     account: "{{1}}"                    # what the first * stands for
#     labels: {{tier: production}}

rules:                                  # the first that matches counts; the last has no match
#   - match: {{tier: production}}
#     mode: propose                     # a plan waits for `ccloud-apply fleet approve`
#     every: 24h
#     window: {{deny: ["Fri 14:00/Mon 06:00"], timezone: Europe/Berlin}}
#   - match: {{account: customer-a}}
#     mode: apply
#     allow: [create, update]           # a plan with anything else becomes a proposal
  - mode: report                        # differences are told, nothing is changed
    every: 30m

# notify:
#   - {{webhook: {{env: ALERT_URL}}, on: [drift, failed, held, stale, proposed]}}

# database: {{env: FLEET_DATABASE_URL}}   # PostgreSQL, for many workers; left out: SQLite
"""
