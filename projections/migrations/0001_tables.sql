-- The tables of the read side. Frozen: a change is a new file.
-- IF NOT EXISTS: a run that died half way is repeated whole.

CREATE TABLE IF NOT EXISTS assistance
(
    org                LowCardinality(String),
    assistance_id      String,
    version            UInt32,
    stage              LowCardinality(String),
    programme          LowCardinality(String),
    purpose            LowCardinality(String),
    level              LowCardinality(String),
    modality           LowCardinality(String),
    delivery_mechanism LowCardinality(String),
    frequency          LowCardinality(String),
    instalment_no      Nullable(UInt32),
    instalment_of      Nullable(UInt32),
    covers_from        Date,
    covers_to          Date,
    event_date         Nullable(Date),
    amount             Decimal(18, 3),
    currency           LowCardinality(String),
    value_estimated    Bool,
    quantity           Nullable(Decimal(18, 3)),
    unit               LowCardinality(String),
    household_size     Nullable(UInt32),
    household_as_of    Nullable(Date),
    district           LowCardinality(String),
    protected          Bool,
    override_reason    LowCardinality(String),
    returned_amount    Nullable(Decimal(18, 3)),
    returned_reason    LowCardinality(String),
    replaces           String,
    lawful_basis_code  LowCardinality(String),
    assurance          LowCardinality(String),
    submission_id      String,
    source_offset      UInt64,
    row_no             UInt32,
    seq                UInt64,
    item               UInt32,
    received_day       Date
)
ENGINE = ReplacingMergeTree
ORDER BY (org, assistance_id, version);

CREATE TABLE IF NOT EXISTS programmes
(
    programme    LowCardinality(String),
    version      UInt32,
    owner        LowCardinality(String),
    donor        String,
    purpose      LowCardinality(String),
    budget       Nullable(Decimal(18, 3)),
    currency     LowCardinality(String),
    starts       Nullable(Date),
    ends         Nullable(Date),
    complements  Array(String),
    signed_by    LowCardinality(String),
    seq          UInt64,
    item         UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (programme, version);

CREATE TABLE IF NOT EXISTS partners
(
    org          LowCardinality(String),
    version      UInt32,
    name         String,
    mailbox      String,
    seq          UInt64,
    item         UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (org, version);

CREATE TABLE IF NOT EXISTS rejections
(
    seq           UInt64,
    source_offset UInt64,
    row_no        UInt32,
    org           LowCardinality(String),
    submission_id String,
    records       UInt32,
    reason        LowCardinality(String),
    field         String,
    kind          LowCardinality(String),
    record_id     String,
    version       UInt32,
    received_day  Date
)
ENGINE = ReplacingMergeTree
ORDER BY (seq, source_offset, row_no);

CREATE TABLE IF NOT EXISTS submissions
(
    seq           UInt64,
    source_offset UInt64,
    org           LowCardinality(String),
    submission_id String,
    assurance     LowCardinality(String),
    tokens_epoch  LowCardinality(String),
    records       UInt32,
    accepted      UInt32,
    duplicate     UInt32,
    rejected      UInt32,
    reason        LowCardinality(String),
    field         String,
    received_day  Date
)
ENGINE = ReplacingMergeTree
ORDER BY (seq, source_offset);

CREATE TABLE IF NOT EXISTS blocks
(
    seq            UInt64,
    prev           String,
    digest         String,
    source_from    UInt64,
    source_to      UInt64,
    day            Date,
    clock_ms       UInt64,
    ticks          UInt32,
    submissions    UInt32,
    submitted      UInt32,
    accepted       UInt32,
    duplicate      UInt32,
    rejected       UInt32,
    assistance     UInt32,
    message_offset UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (seq);

CREATE TABLE IF NOT EXISTS verdicts
(
    org           LowCardinality(String),
    assistance_id String,
    version       UInt32,
    seq           UInt64,
    position      UInt32,
    verdict       LowCardinality(String),
    basis         LowCardinality(String),
    purpose       LowCardinality(String),
    window_from   Nullable(Date),
    window_to     Nullable(Date),
    focal         String,
    policy        UInt32,
    assurance     LowCardinality(String),
    outcome       LowCardinality(String),
    amount        Decimal(18, 3),
    currency      LowCardinality(String),
    answered_day  Date,
    changed_day   Date
)
ENGINE = ReplacingMergeTree
ORDER BY (org, assistance_id, version, seq, position);

CREATE TABLE IF NOT EXISTS findings
(
    finding_id     String,
    revision       UInt32,
    kind           LowCardinality(String),
    strength       LowCardinality(String),
    status         LowCardinality(String),
    person_ref     String,
    org_a          LowCardinality(String),
    assistance_a   String,
    org_b          LowCardinality(String),
    assistance_b   String,
    purpose        LowCardinality(String),
    overlap_from   Nullable(Date),
    overlap_to     Nullable(Date),
    amount_at_risk Nullable(Decimal(18, 3)),
    currency       LowCardinality(String),
    district       LowCardinality(String),
    opened_day     Date,
    changed_day    Date,
    caused_seq     UInt64,
    caused_item    UInt32,
    policy         UInt32,
    seq            UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (finding_id, revision);

CREATE TABLE IF NOT EXISTS registry_blocks
(
    seq               UInt64,
    block             String,
    day               Date,
    submissions       UInt32,
    submitted         UInt32,
    accepted          UInt32,
    duplicate         UInt32,
    rejected          UInt32,
    finding_revisions UInt32,
    verdicts          UInt32,
    message_offset    UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (seq);

CREATE TABLE IF NOT EXISTS _cursor
(
    table_group  LowCardinality(String),
    source       LowCardinality(String),
    next_seq     UInt64,
    head         String,
    next_offset  UInt64,
    last_message String,
    day          Nullable(Date),
    skipped      UInt64
)
ENGINE = ReplacingMergeTree(next_offset)
ORDER BY (table_group, source);
