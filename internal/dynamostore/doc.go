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
//	invitation   REQ#<id>         INV#<row>        DUE        <due>#<id>#<row>, only while deferred with a time
//	claim        ADDR#<address>   #
//	key          KEY#<id>         #
//	counter      COUNT#<name>     #
//	pace cell    PACE#<lane>      #
//
// Rows and due times are padded with zeros so that they sort as numbers do. A
// request and its tally are one query (sk begins with #), its invitations are
// another, in row order.
//
// Three keys of the index are single partitions, and a partition takes 1,000
// writes a second (Amazon DynamoDB Developer Guide, "Burst and adaptive
// capacity"). OPEN and REQUESTS see one write a submission or action. DUE sees one as a
// row is deferred and one as it stops being so: rows are deferred one by one at
// the workers' pace, and beyond the limit DynamoDB turns writes away, the
// message comes back, and nothing is lost. Shards would cost every reader of the
// due rows a merge, for a second's help on the worst day.
//
// # Writes
//
// Every pinned item carries its version. Save is one transaction of up to three
// actions: invitation and claim, each put under the condition that its version
// is the stored one, and an addition to one shard of the tally. A write of a
// single item is a plain conditional put, at half the price. Both are safe to
// repeat when an answer is lost: the transaction by its token, the put by the
// random write_id that it leaves and recognizes. Should another write come
// between a put and its repetition, the id is gone with the item that held it:
// the put is then reported as a conflict though it had its effect. Whoever reads
// again after a conflict, as the domain does, finds the change made. An addition
// to a counter is pinned to no version, so nobody could find it: it is a
// transaction of one action. A clean row costs 10 write units: 4 for its claim
// and attempt, 6 for its outcome with the count.
//
// An item may hold 400 KB (Amazon DynamoDB Developer Guide, "Quotas in Amazon
// DynamoDB"); a larger one is refused with an error that has no class, each time.
// A row as large as any that is taken in fills less than half of that, and a
// request has room for fifteen hundred acts beside the widest header.
//
// A tally has 16 shards, picked by row. Transactions that meet on one item
// cancel each other, and no SDK repeats them, so this package does; with the
// shards they seldom meet at 50 rows a second. The shards of a small request are
// as many: what counts for a read is the 4 KB that they share with the request.
//
// # Damaged items
//
// An item that cannot be read is an error of the class [onboard.ErrDamaged], which
// names the attribute and never a value. It is not an outage: it lasts until
// somebody repairs or deletes the item. Lists of requests return the others beside
// the error; every other read fails as a whole.
//
// # Attributes
//
// Times are numbers, Unix nanoseconds, and absent when zero. Only expires_at is
// in seconds, because DynamoDB's TTL wants it so; expires is the same moment
// exact. DynamoDB deletes expired items within days, so each read and each
// condition here takes an expired item for none, save that the id of an expired
// request stays taken: no id is given twice, and to free one would take the right
// to delete.
//
// The few items are marshalled by hand. attributevalue and expression would add
// 0.13 MB to each function, put reflection on every read, and tie names in the
// table to names in the domain; errors could not say which attribute is wrong
// without quoting what is in it.
package dynamostore
