"""The schema, as migrations: each is applied once, in order; `user_version` counts them."""

from __future__ import annotations

MIGRATIONS = (
    """
    create table apps (
        name text primary key,
        branch text not null default '',
        host text not null default '',
        created_at real not null,
        current_release integer not null default 0,
        scale text not null default '{}'
    );
    create table runs (
        number integer primary key autoincrement,
        app text not null,
        kind text not null,
        ref text not null,
        "commit" text not null,
        state text not null,
        reason text not null default '',
        hint text not null default '',
        "by" text not null default '',
        "release" integer not null default 0,
        queued_at real not null,
        started_at real not null default 0,
        finished_at real not null default 0,
        resumed integer not null default 0,
        receipt text not null default '{}'
    );
    create index runs_by_app on runs (app, number desc);
    create index runs_unfinished on runs (state) where state in ('queued', 'running');
    create table releases (
        app text not null,
        number integer not null,
        "commit" text not null,
        images text not null,
        config text not null,
        run integer not null,
        created_at real not null,
        message text not null default '',
        primary key (app, number)
    );
    create table deployments (
        id integer primary key autoincrement,
        app text not null,
        run integer not null,
        "release" integer not null,
        direction text not null,
        state text not null,
        started_at real not null,
        live_at real not null default 0,
        finished_at real not null default 0
    );
    create index deployments_unfinished on deployments (app) where state = 'running';
    create table tokens (
        name text primary key,
        digest text not null unique,
        created_at real not null,
        used_at real not null default 0,
        revoked_at real not null default 0
    );
    create table events (
        id integer primary key autoincrement,
        at real not null,
        kind text not null,
        app text not null,
        run integer not null,
        body text not null
    );
    create index events_by_run on events (run, id);
    create index events_by_app on events (app, id);
    """,
    """
    alter table apps add column public integer not null default 0;
    alter table apps add column protected text not null default '[]';
    alter table apps add column builds text not null default '';
    alter table tokens add column grants text not null default '{}';
    create table image_builds (
        id integer primary key autoincrement,
        app text not null,
        repository text not null,
        run integer not null,
        ref text not null,
        "commit" text not null,
        state text not null,
        reason text not null default '',
        "by" text not null default '',
        queued_at real not null,
        started_at real not null default 0,
        finished_at real not null default 0,
        digest text not null default '',
        key text not null default '',
        record text not null default '{}'
    );
    create index image_builds_by_repository on image_builds (repository, id desc);
    create index image_builds_by_app on image_builds (app, id desc);
    create table builders (
        name text primary key,
        host text not null,
        platform text not null
    );
    create table pulls (
        repository text not null,
        tag text not null,
        count integer not null default 0,
        last_at real not null default 0,
        primary key (repository, tag)
    );
    """,
    """
    create table secrets (
        app text not null,
        name text not null,
        sealed blob not null,
        changed_at real not null,
        primary key (app, name)
    );
    """,
    """
    alter table apps add column remote text not null default '';
    alter table apps add column forge text not null default '';
    create table remotes (
        app text primary key,
        token text not null default '',
        secret text not null default ''
    );
    create table hook_deliveries (
        app text not null,
        id text not null,
        at real not null,
        primary key (app, id)
    );
    create index hook_deliveries_by_time on hook_deliveries (at);
    create table cursors (
        name text primary key,
        id integer not null
    );
    """,
    """
    create table jobs (
        run integer not null,
        number text not null,
        app text not null,
        name text not null default '',
        why text not null default '',
        state text not null default '',
        reason text not null default '',
        image text not null default '',
        key text not null default '',
        seconds real not null default 0,
        started_at real not null default 0,
        primary key (run, number)
    );
    create index jobs_by_key on jobs (app, key);
    """,
    """
    create table ssh_keys (
        name text primary key,
        key text not null,
        comment text not null default '',
        fingerprint text not null unique,
        apps text not null default '[]',
        created_at real not null,
        used_at real not null default 0
    );
    """,
    """
    alter table runs add column pull text not null default '';
    """,
    # What a job was proven by stood in the reason alone.
    """
    alter table jobs add column proof text not null default '';
    update jobs set proof = substr(reason, 24, instr(substr(reason, 24), ' ') - 1)
        where reason glob 'the same passed as job [0-9]*.[0-9]* (*';
    update jobs set proof = '' where proof glob '*[^0-9.]*';
    """,
)
