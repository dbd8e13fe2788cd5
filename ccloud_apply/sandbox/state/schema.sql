-- The account as the emulator knows it. What is filtered, sorted or summed is a column of its own;
-- the rest of a server is its record, one JSON document.

CREATE TABLE IF NOT EXISTS catalogue (
  kind TEXT NOT NULL,           -- pools, os, addons, account_addons, rollouts, gpus, licenses, prices, subnets, isos
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  entry TEXT NOT NULL,          -- JSON
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS servers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hostname TEXT NOT NULL UNIQUE,
  custom_name TEXT,
  created_at TEXT NOT NULL,
  building INTEGER NOT NULL,
  deleting INTEGER NOT NULL,
  tags TEXT NOT NULL,           -- every tag between two line feeds
  search TEXT NOT NULL,         -- hostname, system, addresses, tags, in lower case
  cores INTEGER NOT NULL,
  memory INTEGER NOT NULL,      -- GB
  disk INTEGER NOT NULL,        -- GB, all disks
  frequency INTEGER,            -- hours between scheduled snapshots
  next_run TEXT,
  record TEXT NOT NULL          -- JSON
);

CREATE TABLE IF NOT EXISTS tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  action TEXT NOT NULL,
  username TEXT NOT NULL,
  hostname TEXT,
  status TEXT NOT NULL,
  error_message TEXT,
  created_at TEXT NOT NULL,
  due TEXT,                     -- when it ends; null: never by itself
  server_id INTEGER NOT NULL,
  effect TEXT NOT NULL,         -- name of a function of effects.py
  payload TEXT NOT NULL,        -- JSON, its arguments
  failure TEXT                  -- its error message in the end, if it will fail
);
CREATE INDEX IF NOT EXISTS tasks_due ON tasks (due) WHERE status = 'processing';
CREATE INDEX IF NOT EXISTS tasks_server ON tasks (server_id, status);
CREATE INDEX IF NOT EXISTS tasks_hostname ON tasks (hostname);

CREATE TABLE IF NOT EXISTS addresses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subnet_id INTEGER NOT NULL,
  offset INTEGER NOT NULL,      -- place within the subnet
  ip TEXT NOT NULL,
  server_id INTEGER NOT NULL,
  adapter_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (subnet_id, offset)
);
CREATE INDEX IF NOT EXISTS addresses_server ON addresses (server_id);

CREATE TABLE IF NOT EXISTS tags (
  name TEXT PRIMARY KEY COLLATE NOCASE   -- the first spelling used is the account's
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tokens (
  digest TEXT PRIMARY KEY,
  client TEXT NOT NULL,
  expires_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS subscriptions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  pool TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  record TEXT NOT NULL          -- JSON
);

CREATE TABLE IF NOT EXISTS account_addons (
  name TEXT PRIMARY KEY,
  count INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS invoices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  month TEXT NOT NULL UNIQUE,   -- 2026-12
  record TEXT NOT NULL          -- JSON
);
