package api

const workspace = "/v1/Workspaces/{WorkspaceSid}"

// resources are the paths of the API. A literal segment wins over a {Sid} in its place, so a
// resource like Workers/Statistics stands beside Workers/{Sid} without a word about order.
// Spec: rest-api 17
var resources = map[string]resource{
	"/v1/Workspaces": {get: listWorkspaces, post: createWorkspace},
	workspace:        {get: readWorkspace, post: updateWorkspace, delete: deleteWorkspace},

	workspace + "/Activities":       {get: listActivities, post: createActivity},
	workspace + "/Activities/{Sid}": {readActivity, updateActivity, deleteActivity},

	workspace + "/Workers":       {get: listWorkers, post: createWorker},
	workspace + "/Workers/{Sid}": {readWorker, updateWorker, deleteWorker},

	workspace + "/Workers/{WorkerSid}/Channels":       {get: listWorkerChannels},
	workspace + "/Workers/{WorkerSid}/Channels/{Sid}": {readWorkerChannel, updateWorkerChannel, nil},

	workspace + "/Workers/{WorkerSid}/Reservations":       {get: listWorkerReservations},
	workspace + "/Workers/{WorkerSid}/Reservations/{Sid}": {readReservation, updateReservation, nil},

	workspace + "/TaskChannels":       {get: listTaskChannels, post: createTaskChannel},
	workspace + "/TaskChannels/{Sid}": {readTaskChannel, updateTaskChannel, deleteTaskChannel},

	workspace + "/TaskQueues":       {get: listTaskQueues, post: createTaskQueue},
	workspace + "/TaskQueues/{Sid}": {readTaskQueue, updateTaskQueue, deleteTaskQueue},

	workspace + "/Workflows":       {get: listWorkflows, post: createWorkflow},
	workspace + "/Workflows/{Sid}": {readWorkflow, updateWorkflow, deleteWorkflow},

	workspace + "/Tasks":       {get: listTasks, post: createTask},
	workspace + "/Tasks/{Sid}": {readTask, updateTask, deleteTask},

	workspace + "/Tasks/{TaskSid}/Reservations":       {get: listTaskReservations},
	workspace + "/Tasks/{TaskSid}/Reservations/{Sid}": {readReservation, updateReservation, nil},

	workspace + "/Events":                   {get: listEvents},
	workspace + "/Events/{Sid}":             {get: readEvent},
	workspace + "/Alerts":                   {get: listAlerts},
	workspace + "/Alerts/{Sid}":             {get: readAlert},
	workspace + "/Tasks/{TaskSid}/Timeline": {get: readTimeline},
}
