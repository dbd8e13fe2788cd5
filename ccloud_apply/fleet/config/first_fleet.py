"""The text of a first fleet.yaml: short, valid, with comments that say how to go on."""

FLEET_SCHEMA_FILE = "fleet.schema.json"
"""Where the file looks for its JSON Schema: beside itself."""

STACKS_FOLDER = "stacks"


def write_first_fleet() -> str:
    """The file's text. It needs no account: the sandbox is one of this process."""
    return _TEXT


_TEXT = f"""\
# yaml-language-server: $schema={FLEET_SCHEMA_FILE}
# A fleet runs many stacks in many accounts, all the time. Secrets are references: an environment
# variable (env), a file, or the output of a command. Check this file: ccloud-apply fleet check

accounts:
  trial:
    endpoint: sandbox                   # the embedded API: orders nothing
#   customer-a:
#     client_id: {{env: CUSTOMER_A_ID}}
#     client_secret: {{file: /run/secrets/customer-a}}
#     limits: {{requests_per_second: 10, runs: 4, creates: 10}}
#     sweep: {{every: 30m}}               # compares all of its stacks with one read
#     secrets: {{prefix: CUSTOMER_A_SECRET_}}   # seen by its stacks as CCLOUD_SECRET_*

sources:
  - folder: {STACKS_FOLDER}                      # all stack files in this folder
    account: trial
#   - git: https://git.example.com/customers.git
#     ref: main
#     poll: 5m
#     stacks: ["customers/*/stacks/**/*.yaml"]
#     account: "{{1}}"                    # the text that the first * matched
#     labels: {{tier: production}}

rules:                                  # the first rule that matches applies; the last has no match
#   - match: {{tier: production}}
#     mode: propose                     # a plan waits for `ccloud-apply fleet approve`
#     every: 24h
#     window: {{deny: ["Fri 14:00/Mon 06:00"], timezone: Europe/Berlin}}
#   - match: {{account: customer-a}}
#     mode: apply
#     allow: [create, update]           # a plan with any other class becomes a proposal
  - mode: report                        # reports differences, changes nothing
    every: 30m

# notify:
#   - {{webhook: {{env: ALERT_URL}}, on: [drift, failed, held, stale, proposed]}}

# database: {{env: FLEET_DATABASE_URL}}   # PostgreSQL, for several workers; default: SQLite
"""
