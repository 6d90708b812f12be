// Package expr is the routing expression language: the text with which a TaskQueue picks its
// workers, a workflow picks its tasks, a routing step narrows the workers of its queue, and a
// step decides to be skipped.
//
//	worker.level >= task.level AND worker.languages HAS task.language
//
// An expression is parsed once ([Parse]), compiled once against the attribute tables of its
// workspace ([Expr.Compile]), and then matched as often as routing likes ([Program.Match]).
// Matching reads plain slices, allocates nothing, and cannot fail.
//
// # A few expressions
//
//	1==1                                     every worker: the usual default of a queue
//	skills HAS "billing" AND level > 3       a queue of experienced billing agents
//	location.country IN ["DE", "AT", "CH"]   steps into nested objects
//	type == "sales" OR priority >= 10        a workflow filter
//	worker.languages HAS task.language       a routing step that pairs task and worker
//	worker.sid NOT IN task.declined_by       … and one that leaves workers out
//	worker.channel.voice.assigned_tasks == 0 … and one that looks at the load
//	workers.available == 0                   skip_if: nobody of the queue is on duty
//
// # Grammar
//
//	condition  = all { OR all }
//	all        = single { AND single }
//	single     = "(" condition ")" | operand operator operand
//	operator   = "==" | "=" | "!=" | "<" | "<=" | ">" | ">=" | CONTAINS
//	           | HAS | ">-" | IN | "<-" | NOT IN
//	operand    = string | number | true | false | null | reference | array
//	array      = "[" [ operand { "," operand } ] "]"
//	reference  = name { "." name | "[" digits "]" }
//	name       = letter, "_" or "$", then any number of letters, digits, "_" and "$"
//	number     = [ "-" ] digits [ "." digits ]
//	string     = text between '…' or "…"; inside it \" \' and \\ stand for " ' and \
//
// AND binds tighter than OR. "=" is "==", ">-" is HAS, "<-" is IN. Keywords and the words true,
// false and null may be written in any case; names and strings are case-sensitive. A keyword is
// an ordinary name after a dot (worker.in). The two-character operators win over their
// parts, so "level >-5" asks whether level HAS 5; for a comparison write "level > -5".
//
// Every condition compares two operands. An operand alone (flag) is not a condition, and NOT
// exists only as NOT IN.
//
// # Names
//
// Which references an expression may hold depends on its place ([Kind]):
//
//	Worker  level, worker.level              the attributes of a worker
//	Task    type, task.type                  the attributes of a task
//	Target  worker.level, task.type          both; the prefix is required
//	Skip    workers.available,               counts of the step's queue
//	        workers.unavailable, workers.WA…
//
// A reference that leads nowhere (a missing key, an index past the end, a step into something
// that is not an object or array) is NULL. So are values the attributes hold as null.
// sid, friendly_name, activity_sid, activity_name and channel.<name>.<field> of a worker are
// paths like any other here; whoever fills the slots puts the values there.
//
// # Operators
//
// A scalar is NULL, a boolean, a number or a string.
//
//	== !=            Equal or not, of two operands that are not arrays. NULL equals only NULL, so
//	                 x != "a" holds where x is missing.
//	< <= > >=        Two numbers by size, two strings by code point. Anything else is false.
//	CONTAINS         The text of the left scalar contains the text of the right one. NULL has no
//	                 text.
//	a HAS x          a is an array and an element of it equals x.
//	x IN a           The same as a HAS x.
//	x NOT IN a       a is an array, x is not, and no element of a equals x.
//
// Rules that meet everybody sooner or later:
//
//   - Types mix in two ways only: a string that spells a decimal number meets a number as that
//     number ("6" == 6, "6" > 5), and the strings "true" and "false" meet booleans. Two strings
//     are always compared as strings ("6" != "6.0").
//   - == != < <= > >= CONTAINS with an array on either side are false, != included.
//   - x NOT IN a is false when a is missing or no array, as HAS and IN are.
//   - NULL is in no array: x IN a and a HAS x are false, x NOT IN a is true.
//   - An object is present but opaque: it equals nothing, so != with it is true
//     (channel != null), NOT IN is true, and every other operator is false.
//   - Numbers are doubles; a number too large for one is the largest double.
//
// # Ordering
//
// The order_by text of a routing step, "worker.level DESC, worker.age", is the small sister of
// the language: see [ParseOrder].
//
// # Mistakes
//
// What is not an expression is refused with its place, what stands there, what was expected and,
// where it can be guessed, the way out ([SyntaxError]):
//
//	column 6: found "-level", expected an operator; a name can't hold a hyphen, use "_" instead
//
// What is an expression is accepted even if it can never be true: attributes come and go, and
// only evaluation knows them. Why a worker or task does not match is told by [Program.Explain],
// condition by condition with the values it saw:
//
//	level > 5: level is 3; languages HAS "de": languages is missing
//
// # Limits
//
// A text may be [MaxLength] bytes long, hold [MaxConditions] conditions, nest parentheses and
// arrays [MaxDepth] deep, list [MaxElements] elements in one array and take [MaxSteps] steps in
// one reference. Parsing takes time and memory in proportion to the text.
//
// # Slots
//
// The attribute paths that the expressions of a workspace mention are numbered in two tables, one
// for workers and one for tasks ([Slots]). A worker's attributes are read once, when they change,
// into a slice with one [Value] per number ([Slots.Extract]); programs know the numbers. The
// same numbers drive the indexes of routing: [Program.WorkerSlots] says which changes can alter
// a result, and [Program.Anchors] which workers are worth asking at all.
package expr
