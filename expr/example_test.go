package expr_test

import (
	"fmt"

	"taskrouter/expr"
)

func Example() {
	// Parsed and compiled once, when a workflow is saved or loaded.
	e, err := expr.Parse(expr.Target, `worker.level >= task.level AND worker.languages HAS task.language`)
	if err != nil {
		fmt.Println(err)
		return
	}
	var workers, tasks expr.Slots
	program := e.Compile(expr.Scope{Worker: &workers, Task: &tasks})

	// Read once, when attributes change.
	ann, _ := workers.Extract(`{"level": 3, "languages": ["en", "de"]}`, nil)
	bob, _ := workers.Extract(`{"level": 7, "languages": ["en"]}`, nil)
	task, _ := tasks.Extract(`{"level": 2, "language": "de"}`, nil)

	// Matched as often as needed.
	fmt.Println(program.Match(&expr.Env{Worker: ann, Task: task}))
	fmt.Println(program.Match(&expr.Env{Worker: bob, Task: task}))
	// Output:
	// true
	// false
}

func ExampleParse_error() {
	_, err := expr.Parse(expr.Worker, `skill-level > 3`)
	fmt.Println(err)
	// Output: column 6: found "-level", expected an operator; a name can't hold a hyphen, use "_" instead
}

func ExampleExpr_String() {
	e, _ := expr.Parse(expr.Worker, `(skills >- 'billing') and (worker.level=5 or "de" in languages)`)
	fmt.Println(e)
	// Output: skills HAS "billing" AND (level == 5 OR "de" IN languages)
}

func ExampleProgram_Explain() {
	e, _ := expr.Parse(expr.Worker, `level > 5 AND languages HAS "de" AND team == "blue"`)
	var workers expr.Slots
	program := e.Compile(expr.Scope{Worker: &workers})
	ann, _ := workers.Extract(`{"level": 3, "team": "blue"}`, nil)
	fmt.Println(program.Explain(&expr.Env{Worker: ann}))
	// Output: level > 5: level is 3; languages HAS "de": languages is missing
}

func ExampleProgram_Anchors() {
	e, _ := expr.Parse(expr.Target, `worker.languages HAS task.language AND worker.level > 3`)
	var workers, tasks expr.Slots
	anchor := e.Compile(expr.Scope{Worker: &workers, Task: &tasks}).Anchors()[0]

	// Workers are filed once under each of their languages …
	filed := make(map[expr.Bucket][]string)
	for name, attributes := range map[string]string{
		"ann": `{"level": 5, "languages": ["en", "de"]}`,
		"bob": `{"level": 7, "languages": ["en"]}`,
	} {
		values, _ := workers.Extract(attributes, nil)
		for _, bucket := range anchor.AppendBuckets(nil, values) {
			filed[bucket] = append(filed[bucket], name)
		}
	}
	// … so that a task asks only those who speak its own.
	task, _ := tasks.Extract(`{"language": "de"}`, nil)
	if bucket, ok := anchor.Key(task); ok {
		fmt.Println(filed[bucket])
	}
	// Output: [ann]
}

func ExampleParseAttributes() {
	_, err := expr.ParseAttributes(`["en", "de"]`)
	fmt.Println(err)
	_, err = expr.ParseAttributes(`{"level": 3,}`)
	fmt.Println(err)
	// Output:
	// attributes must be a JSON object; found an array
	// attributes are not valid: character 13: } after a comma
}

func ExampleParseOrder() {
	order, _ := expr.ParseOrder("worker.level DESC, worker.age")
	var workers expr.Slots
	ordering := order.Compile(&workers)
	ann, _ := workers.Extract(`{"level": 3, "age": 41}`, nil)
	bob, _ := workers.Extract(`{"level": 3, "age": 29}`, nil)
	cem, _ := workers.Extract(`{"age": 18}`, nil)
	fmt.Println(ordering.Compare(bob, ann) < 0, ordering.Compare(ann, cem) < 0)
	// Output: true true
}
