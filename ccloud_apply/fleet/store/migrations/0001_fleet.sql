-- Times are seconds since 1970; flags are 0 or 1; JSON is text.

create table account (
  name text primary key,
  endpoint text not null,
  customer_id text,
  access_id text,                     -- how that customer was reached: a digest of address and access
  runs integer not null,
  creates integer not null,
  requests_per_second double precision,
  tat double precision not null default 0,           -- when the next request may leave (GCRA)
  closed_until double precision not null default 0,  -- after a 429 that any worker has seen
  sweep_every double precision not null,
  sweep_due double precision not null,
  swept_at double precision,
  queued_until double precision,
  failures integer not null default 0,
  error text,
  is_configured integer not null default 1
);

create table source (
  name text primary key,
  ref text,
  commit_id text,
  polled_at double precision,
  poll_every double precision not null,
  due double precision not null,
  queued_until double precision,
  failures integer not null default 0,
  error text,
  config text,                        -- a digest of what fleet.yaml said of it at the last poll
  asked_at double precision,          -- when a hook asked for a poll last
  is_configured integer not null default 1
);

-- What each file of a source declares: the stacks come of it.
create table declaration (
  source text not null,
  path text not null,
  account text not null,
  name text,                          -- none for a file that is no stack
  tree text not null,                 -- a digest of `files`; '' where it is read at each poll
  files text not null,                -- the names of all files that it is made of, as JSON
  labels text not null,
  line integer,
  error text,                         -- why it cannot be loaded
  earlier text not null default '[]', -- names that the stack had before
  named text not null default '[]',   -- other stacks whose servers it names
  primary key (source, path)
);
create index declaration_name on declaration (account, name);

create table stack (
  id {identity},
  account text not null,
  name text not null,
  source text not null,
  path text not null,
  tree text not null,                 -- a digest of all files that the stack is made of
  commit_id text,
  labels text not null,
  rule integer not null,
  config text not null default '',    -- a digest of its rule and of where its account is
  mode text not null,
  every double precision not null,
  state text not null default 'unknown',
  state_since double precision not null,
  seen_at double precision,           -- when it was last compared with the account
  stale_told double precision,        -- the `seen_at` of which it was told that it is too old
  why text,                           -- what holds it, or why it fails
  due double precision not null,
  cause text not null,
  priority integer not null default 0,
  queued_until double precision,      -- no second job before
  asked_by text,                      -- the person who wants it run now
  failures integer not null default 0,
  failed_digest text,                 -- of the plan that has failed so often
  failed_tree text,
  paused_by text,
  paused_why text,
  paused_until double precision,
  problem text,                       -- why its file cannot be loaded
  is_declared integer not null default 1,
  unique (account, name)
);
create index stack_due on stack (due);
create index stack_state on stack (state, account);
create index stack_queued on stack (queued_until) where queued_until is not null;

create table stack_label (
  stack_id bigint not null references stack (id) on delete cascade,
  name text not null,
  value text not null,
  primary key (stack_id, name)
);
create index stack_label_value on stack_label (name, value);

-- Files that cannot be loaded and names that stand twice.
create table problem (
  source text not null,
  path text not null,
  line integer,
  what text not null,
  kind text not null default 'file'   -- file, twice or gone
);

-- Who may work on a stack, an account (its sweep) or a source (its poll).
create table lease (
  kind text not null,
  account text not null,              -- '' for a source
  name text not null,                 -- '' for an account
  fence bigint not null,              -- grows by one at each take-over
  holder text,
  until double precision not null,
  primary key (kind, account, name)
);

create table journal (
  account text not null,
  stack text not null,
  n integer not null,
  fence bigint not null,
  record text not null,               -- a line of the journal, with its checksum
  primary key (account, stack, n)
);

create table run (
  id {identity},
  account text not null,
  stack text,                         -- none for the sweep of an account
  kind text not null,
  cause text not null,
  person text,
  commit_id text,
  fence bigint,
  worker text not null,
  started double precision not null,
  ended double precision,
  outcome text,
  counts text,
  requests integer,
  error text
);
create index run_of_stack on run (account, stack, started);
create index run_started on run (started);

create table plan (
  id {identity},
  run_id bigint not null,
  account text not null,
  stack text not null,
  digest text not null,
  document text not null,             -- the plan file as the product writes it
  summary text not null,
  cost text,
  commit_id text,
  made_at double precision not null,
  decision text not null,
  decided_by text,
  decided_at double precision,
  decided_why text,
  approved_until double precision,
  allow_destroy integer               -- the cap that the approval raises
);
create index plan_of_stack on plan (account, stack, made_at);
create index plan_of_run on plan (run_id);

create table report (
  id {identity},
  run_id bigint not null,
  account text not null,
  stack text not null,
  made_at double precision not null,
  document text not null              -- the drift of one stack, as JSON
);
create index report_of_stack on report (account, stack, made_at);
create index report_of_run on report (run_id);

create table slot (
  account text not null,
  number integer not null,
  holder text,
  task_id bigint,
  until double precision not null,
  primary key (account, number)
);

create table outbox (
  key text primary key,
  sink text not null,
  body text not null,
  made_at double precision not null,
  attempts integer not null default 0,
  next double precision not null,
  delivered_at double precision,
  error text
);
create index outbox_next on outbox (delivered_at, next);

create table audit (
  id {identity},
  time double precision not null,
  who text not null,
  what text not null,
  account text,
  subject text,
  detail text not null
);

create table worker (
  name text primary key,
  version text not null,
  started double precision not null,
  seen_at double precision not null,
  accounts text not null
);

create table tick (
  id integer primary key,
  ticked_at double precision not null,
  cleaned_at double precision
);

-- What metrics count: it only grows, while runs are deleted by age.
create table run_total (
  account text not null,
  kind text not null,
  outcome text not null,
  runs bigint not null,
  requests bigint not null,
  seconds double precision not null,
  le_1 bigint not null,               -- how many took at most so many seconds
  le_10 bigint not null,
  le_60 bigint not null,
  le_300 bigint not null,
  le_1800 bigint not null,
  le_7200 bigint not null,
  primary key (account, kind, outcome)
);

-- Who is signed in on the page. The browser has the secret, the table its SHA-256.
create table session (
  id text primary key,
  name text not null,
  member_of text not null,            -- groups as JSON; roles are those of fleet.yaml at each request
  way text not null,
  until double precision not null
);
create index session_until on session (until);
