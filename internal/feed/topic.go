package feed

import (
	"strings"

	"taskrouter"
)

// Topics are a set of what can be told.
type topics uint16

const (
	workspaces topics = 1 << iota
	activities
	channels
	queues
	workflows
	workers
	tasks
	reservations
	events
	alerts
	presence
	stats

	rows = workspaces | activities | channels | queues | workflows | workers | tasks |
		reservations
	everything = rows | events | alerts | presence // but for stats, which are asked for by name
)

// A topicName is a topic as requests and messages name it.
type topicName struct {
	name  string
	topic topics
}

// topicNames are in the order in which messages hold them: what is referred to comes first.
var topicNames = [...]topicName{
	{"workspace", workspaces}, {"activities", activities}, {"channels", channels},
	{"queues", queues}, {"workflows", workflows}, {"workers", workers}, {"tasks", tasks},
	{"reservations", reservations}, {"events", events}, {"alerts", alerts},
	{"presence", presence}, {"stats", stats},
}

// entityTopics are those of nouns.
const entityTopics = 8

// topicOf is the topic of the noun with this SID.
func topicOf(sid string) topics {
	prefixes := [...]struct {
		prefix string
		topic  topics
	}{
		{taskrouter.PrefixTask, tasks}, {taskrouter.PrefixReservation, reservations},
		{taskrouter.PrefixWorker, workers}, {taskrouter.PrefixTaskQueue, queues},
		{taskrouter.PrefixWorkflow, workflows}, {taskrouter.PrefixActivity, activities},
		{taskrouter.PrefixTaskChannel, channels}, {taskrouter.PrefixWorkspace, workspaces},
	}
	for _, p := range prefixes {
		if strings.HasPrefix(sid, p.prefix) {
			return p.topic
		}
	}
	return 0
}
