//! Values as `util.inspect` of Node.js 20 shows them, and scripts with what they print.

use crate::image::bench::Bench;
use crate::image::profiles::mongo::value::Value;

#[test]
fn values_are_shown_as_node_shows_them() {
    let number = |number: f64| Value::Number(number);
    let id = || Value::ObjectId("65a1b2c3d4e5f60718293a4b".into());
    for (value, shown) in [
        (Value::object(&[("ok", number(1.0))]), "{ ok: 1 }"),
        (Value::Array(vec![number(1.5), Value::text("it's"), Value::Null]), "[ 1.5, \"it's\", null ]"),
        (Value::object(&[("a-b", Value::Array(Vec::new())), ("c", Value::Object(Vec::new()))]), "{ 'a-b': [], c: {} }"),
        (
            Value::object(&[("acknowledged", Value::Bool(true)), ("insertedId", id())]),
            "{\n  acknowledged: true,\n  insertedId: ObjectId('65a1b2c3d4e5f60718293a4b')\n}",
        ),
        (
            Value::Array(vec![Value::object(&[("_id", id()), ("n", number(1.0))])]),
            "[ { _id: ObjectId('65a1b2c3d4e5f60718293a4b'), n: 1 } ]",
        ),
        (
            Value::object(&[(
                "a",
                Value::object(&[("b", Value::object(&[("c", Value::object(&[("d", number(1.0))]))]))]),
            )]),
            "{\n  a: { b: { c: { d: 1 } } }\n}",
        ),
        (Value::Date(1_795_340_687_417), "ISODate('2026-11-22T09:44:47.417Z')"),
    ] {
        assert_eq!(value.inspected(), shown);
    }
}

const SCRIPTS: &[(&str, &str)] = &[
    (
        "db.t.insertMany([{ n: 1, k: 'a' }, { n: 2, k: 'b' }, { n: 3, k: 'a', tags: ['x', 'y'] }]).acknowledged",
        "true\n",
    ),
    ("db.t.countDocuments({ n: { $gt: 1 } })", "2\n"),
    ("db.t.find({ k: { $in: ['a'] } }, { _id: 0, n: 1 }).sort({ n: -1 })", "[ { n: 3 }, { n: 1 } ]\n"),
    ("db.t.find({ $or: [{ n: 1 }, { k: /^B/i }] }, { _id: 0, k: 1 }).toArray()", "[ { k: 'a' }, { k: 'b' } ]\n"),
    ("db.t.find({ tags: 'y' }).count()", "1\n"),
    ("db.t.findOne({ n: 2 }, { _id: 0 })", "{ n: 2, k: 'b' }\n"),
    ("db.t.findOne({ n: 9 })", "null\n"),
    (
        "db.t.updateMany({ k: 'a' }, { $inc: { n: 10 }, $push: { tags: 'z' } })",
        "{\n  acknowledged: true,\n  insertedId: null,\n  matchedCount: 2,\n  modifiedCount: 2,\n  upsertedCount: 0\n}\n",
    ),
    ("db.t.find({ tags: { $size: 3 } }, { _id: 0 })", "[ { n: 13, k: 'a', tags: [ 'x', 'y', 'z' ] } ]\n"),
    (
        "db.t.aggregate([{ $match: { n: { $gte: 2 } } }, { $group: { _id: '$k', sum: { $sum: '$n' }, count: { $sum: 1 } } }, { $sort: { _id: 1 } }])",
        "[ { _id: 'a', sum: 24, count: 2 }, { _id: 'b', sum: 2, count: 1 } ]\n",
    ),
    ("db.t.distinct('k')", "[ 'a', 'b' ]\n"),
    ("db.t.createIndex({ n: 1 }, { unique: true })", "n_1\n"),
    (
        "db.t.insertOne({ n: 2 })",
        "MongoServerError: E11000 duplicate key error collection: test.t index: n_1 dup key: { n: 2 }\n",
    ),
    ("try { db.t.insertOne({ n: 2 }) } catch (e) { print(e.codeName) }", "DuplicateKey\n"),
    ("db.t.updateOne({ n: 2 }, { n: 3 })", "MongoInvalidArgumentError: Update document requires atomic operators\n"),
    ("db.t.find({ n: { $foo: 1 } })", "MongoServerError[BadValue]: unknown operator: $foo\n"),
    ("for (let i = 0; i < 3; i++) { db.u.insertOne({ i }) }; db.u.find().forEach(d => print(d.i))", "0\n1\n2\n"),
    ("const u = db.getSiblingDB('shop'); u.orders.insertOne({ a: 1 }); u.orders.countDocuments()", "1\n"),
    ("show collections", "t\nu\n"),
    ("show dbs", "admin   40.00 KiB\nconfig  12.00 KiB\nlocal   40.00 KiB\nshop    40.00 KiB\ntest    80.00 KiB\n"),
    ("db.adminCommand('ping').ok == 1 ? 'up' : 'down'", "up\n"),
    ("db.t.deleteMany({ k: 'a' })", "{ acknowledged: true, deletedCount: 2 }\n"),
    ("JSON.stringify(db.u.findOne({ i: 1 }, { _id: 0 }))", "{\"i\":1}\n"),
    ("db.runCommand({ ping: 1 })", "{ ok: 1 }\n"),
    ("nowhere.x", "ReferenceError: nowhere is not defined\n"),
    ("rs.status()", "MongoServerError[NoReplicationEnabled]: not running with --replSet\n"),
    ("db.t.drop(); db.t.countDocuments()", "0\n"),
    ("if (true) {", "SyntaxError: Unexpected end of input\n"),
];

#[test]
fn scripts_print_what_mongosh_prints() {
    let bench = Bench::new();
    let mongo = bench.start("mongo", "mongo:7", &[], &[], &[]);
    bench.wait(3.0);
    for (script, printed) in SCRIPTS {
        assert_eq!(mongo.exec(&["mongosh", "--quiet", "--eval", script]).1, *printed, "{script}");
    }
}
