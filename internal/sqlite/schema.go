package sqlite

// kind is what a file is for. The steps bring it from each version of its schema to
// the next; a file that is as it should be has version len(steps). Steps that a
// released usher has taken never change.
type kind struct {
	application int // in the file's header, so that no other program's file is taken for ours
	steps       []string
}

// The application ids are "ush" with a letter.
var (
	stateKind = kind{0x75736873, []string{stateSchema, waitingSchema, mailSchema, recordSchema}}
	paceKind  = kind{0x75736870, []string{paceSchema}}
)

// never is the expiry of what is kept for good.
const never = 1<<63 - 1

// stateSchema keeps in columns what is searched for or written alone, and the rest
// as a body: see record.go. Times are Unix nanoseconds.
//
// The key of what is read row by row is its place in the file (WITHOUT ROWID), so
// that a page of rows lies together. Partial indexes hold the few records that
// anybody looks for: what is due, what waits, and the claims that are held or have a trail.
const stateSchema = `
CREATE TABLE requests (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, expires INTEGER NOT NULL, open INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX requests_open ON requests (id) WHERE open = 1;
CREATE INDEX requests_expiry ON requests (expires);

CREATE TABLE tallies (request TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE manifest (
	request TEXT NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, expires INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE UNIQUE INDEX manifest_rows ON manifest (request, last);
CREATE INDEX manifest_expiry ON manifest (expires);

CREATE TABLE keys (id TEXT PRIMARY KEY, expires INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX keys_expiry ON keys (expires);

CREATE TABLE counters (name TEXT PRIMARY KEY, sum INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX counters_expiry ON counters (expires);

CREATE TABLE invitations (
	request TEXT NOT NULL, row INTEGER NOT NULL, version INTEGER NOT NULL, expires INTEGER NOT NULL, due INTEGER,
	body BLOB NOT NULL, PRIMARY KEY (request, row)
) WITHOUT ROWID;
CREATE INDEX invitations_due ON invitations (due, request, row) WHERE due IS NOT NULL;
CREATE INDEX invitations_expiry ON invitations (expires);

CREATE TABLE claims (
	address TEXT PRIMARY KEY, version INTEGER NOT NULL, expires INTEGER NOT NULL, held INTEGER NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX claims_held ON claims (address) WHERE held = 1;
CREATE INDEX claims_expiry ON claims (expires);

CREATE TABLE messages (
	id INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, request TEXT NOT NULL, state INTEGER NOT NULL,
	visible INTEGER NOT NULL, receipts INTEGER NOT NULL, spared INTEGER NOT NULL, sent INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX messages_ready ON messages (queue, request, id) WHERE state = 0;
CREATE INDEX messages_hidden ON messages (queue, visible) WHERE state > 0;
CREATE INDEX messages_received ON messages (queue, request) WHERE state > 1;
`

// waitingSchema keeps what a lane's cell says of the rows in this state, see [pace].
const waitingSchema = `
CREATE TABLE waiting (lane TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
`

// mailSchema keeps what became of mails, apart from the rows that they went to.
const mailSchema = `
CREATE TABLE mails (
	request TEXT NOT NULL, row INTEGER NOT NULL, delivery TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (request, row)
) WITHOUT ROWID;
CREATE INDEX mails_expiry ON mails (expires);
`

// recordSchema keeps small documents that only the domain can read.
const recordSchema = `
CREATE TABLE records (
	name TEXT PRIMARY KEY, version INTEGER NOT NULL, expires INTEGER NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX records_expiry ON records (expires);
`

const paceSchema = `
CREATE TABLE cells (lane TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
`
