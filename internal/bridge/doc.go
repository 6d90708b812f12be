// Package bridge is the channel between browsers and the router: one WebSocket that carries
// events to the page, and one HTTP POST that carries every request from it.
//
// # A channel
//
// A channel has an address: a workspace and the SID of a worker, of a task queue or of the
// workspace itself. Any number of sockets may listen to one channel (tabs), and each hears the
// same. Everything that happens is addressed to channels, never to sockets; who listens is
// known to the [Hub] only. Both the socket and the POST live at
//
//	/v1/wschannels/{AccountSid}/{ChannelSid}
//
// and both are opened with a capability token, whose channel is the one in the path.
//
// # The socket
//
//	GET …?token=…&closeExistingSessions=false&disconnectActivitySid=WA…
//
// A page may offer the token as the WebSocket subprotocol "taskrouter.token.<jwt>" beside
// "taskrouter.v1" instead, so that it stands in no URL; the server selects "taskrouter.v1".
// A bad token is refused while the handshake is still HTTP. After it, text frames come:
//
//	{"event_type":"reservation.created","payload":{…}}
//
// and, every 15 seconds, a text frame with one blank, because a script does not see the pings
// of the protocol and wants a sign of life. Pages say nothing on the socket; what they send is
// ignored while it is little, and ends the socket when it is much. A socket ends with a code
// and a sentence:
//
//	1001  the server is stopping
//	1008  the page sent more than it should
//	4001  another session has taken the place of this one
//	4002  the token has expired
//	4003  the worker, task queue or workspace is gone
//	4008  the page reads too slowly
//
// # The POST
//
// The body is JSON, whatever its content type says: method, url and params of a request to the
// REST API, and the token. The policies of the token are asked about exactly the path that is
// then served; the answer is {"payload": the REST answer}, always with status 200 when it went
// well, or the REST error.
//
// # Order
//
// Three promises, in the order of their weight:
//
//   - A socket hears the changes of its channel in the order in which they were made.
//   - It hears every change made after it opened, and none made before.
//   - The page that asked for a change has the answer before it hears of the change. Frames
//     that a POST caused wait, for the sockets of the channel it came through only, until its
//     answer is written and a moment longer; everybody else hears at once.
//
// There is no replay: a page that connects again reads the state anew.
//
// # Slowness
//
// Each socket has a short queue of frames. A frame is rendered by the first socket that writes
// it and shared by all others, so a change that nobody listens to costs a look into a map, and
// a page that does not read costs a few pointers until its queue is full; then it is closed, and
// nobody else has noticed.
//
// # Presence
//
// A worker's page may name the activity to be set when it is gone. Gone means that no socket of
// the worker has been there for some seconds: a page that is loaded again is not gone.
package bridge
