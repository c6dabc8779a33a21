// Package dynamostore is [onboard.Store] over one Amazon DynamoDB table.
//
// # Keys
//
// Every item has the string keys pk and sk; what is listed across partitions
// also has gsi1pk and gsi1sk, the keys of the one index, index1, which holds
// whole items and only those.
//
//	what         pk               sk               gsi1pk     gsi1sk
//	request      REQ#<id>         #                OPEN       <id>, REQUESTS once its end is stored
//	tally shard  REQ#<id>         #tally#<NN>
//	manifest     REQ#<id>         ROWS#<last row>
//	mail notes   REQ#<id>         MAIL#<block>
//	invitation   REQ#<id>         INV#<row>        DUE        <due>#<id>#<row>, only while deferred with a time
//	claim        ADDR#<address>   #
//	key          KEY#<id>         #
//	counter      COUNT#<name>     #
//	pace cell    PACE#<lane>      #
//	record       REC#<name>       #
//
// Rows and due times are padded with zeros so that they sort as numbers do. A
// request and its tally are one query (sk begins with #), its invitations are
// another, in row order.
//
// Three keys of the index are single partitions, and a partition takes 1,000 writes a
// second (Amazon DynamoDB Developer Guide, "Burst and adaptive capacity"). OPEN and
// REQUESTS get one write for each submission or action. DUE gets one when a row is
// deferred and one when it no longer is: rows are deferred one by one at the workers'
// pace; beyond the limit DynamoDB throttles, the message returns to the queue, and
// nothing is lost. Shards would make every reader of the due rows merge, to save a
// second on the worst day.
//
// # Writes
//
// Every pinned item carries its version. Save is one transaction of up to three
// actions: invitation and claim, each put under the condition that its version
// is the stored one, and an addition to one shard of the tally. A write of a
// single item is a plain conditional put, at half the price. Both are safe to
// repeat when an answer is lost: the transaction by its token, the put by the
// random write_id that it leaves and recognizes. If another write comes between
// a put and its repetition, the id is gone with the item that held it: the put
// is then reported as a conflict although it took effect. A caller that reads
// again after a conflict, as the domain does, finds the change. An addition to a
// counter has no version by which to find it, so it is a transaction of one
// action. A clean row costs 10 write units: 4 for its claim and attempt, 6 for
// its outcome with the count.
//
// An item may hold 400 KB (Amazon DynamoDB Developer Guide, "Quotas in Amazon
// DynamoDB"); a larger one is always refused, with an error that has no class.
// The largest row that is accepted fills less than half of that, and a request
// with the widest header has room for 1,500 actions.
//
// A tally has 16 shards, picked by row. Transactions that meet on one item
// cancel each other, and no SDK repeats them, so this package does; with the
// shards they rarely meet at 50 rows a second. A small request has as many
// shards: reading them costs no more, because they fit into the same 4 KB as the
// request.
//
// # Damaged items
//
// An item that cannot be read is an error of the class [onboard.ErrDamaged], which
// names the attribute and never a value. It is not an outage: it lasts until an
// operator repairs or deletes the item. Lists of requests return the other
// requests together with the error; every other read fails as a whole.
//
// # Attributes
//
// Times are numbers, Unix nanoseconds, and absent when zero. Only expires_at is
// in seconds, because DynamoDB's TTL needs seconds; expires is the exact moment.
// DynamoDB deletes expired items within days, so each read and each condition
// here treats an expired item as absent, except that the id of an expired request
// stays taken: no id is used twice, and freeing one would need the right to
// delete.
//
// The few items are marshaled by hand, by one list of fields for each type.
// attributevalue and expression would add 0.13 MB to each function, put
// reflection on every read, and tie names in the table to names in the domain;
// errors could not name the wrong attribute without quoting its value.
package dynamostore
