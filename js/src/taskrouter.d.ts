/**
 * Types of the browser SDK: what a page finds under `Twilio.TaskRouter`.
 *
 * The interface is that of TaskRouter.js v1. Members marked "Addition" exist only here.
 */
declare namespace Twilio {
  namespace TaskRouter {
    /** Why a request failed. */
    interface RequestError extends Error {
      /** HTTP status of the answer; 0 when no answer came. */
      readonly code: number;
      /** The server's own words. */
      readonly message: string;
      /** Addition: the API's finer error number, such as 20404. */
      readonly apiCode?: number;
      /** Addition: address of a page about that error. */
      readonly moreInfo?: string;
      /** Addition: what the server tells programs beside the message. */
      readonly details?: ErrorDetails;
    }

    /** More about a refused request; each member is there where it applies. */
    interface ErrorDetails {
      /** What in the request is wrong: `/Priority`, or a place in the JSON of a parameter. */
      readonly pointer?: string;
      /** First character of the mistake in an expression, from 1. */
      readonly column?: number;
      /** How many characters it has. */
      readonly width?: number;
      /** State of the thing that refuses. */
      readonly state?: string;
      /** What would be taken instead. */
      readonly allowed?: readonly string[];
      /** By which the server's log knows the request. */
      readonly requestId?: string;
    }

    /** Called once per request, with `(null, result)` or with `(error, null)`. */
    type Callback<T> = (error: RequestError | null, result: T) => void;

    /** Parameters in the spelling of the REST API, such as `{ActivitySid: "WA…"}`. */
    type Params = { readonly [name: string]: unknown };

    /** What the `error` event carries. */
    interface ConnectionError {
      /** The browser's event, or the error that a request ended with. */
      readonly response: unknown;
      /** What happened. */
      readonly message: string;
    }

    /** What the `disconnected` event carries. */
    interface Disconnection {
      /** What happened. */
      readonly message: string;
      /** Addition: the close code of the socket, where the socket was closed. */
      readonly code?: number;
      /** Addition: the server's reason for closing. */
      readonly reason?: string;
    }

    /** Settings that v1 does not have. */
    interface Options {
      /**
       * Addition: hand the token over as a WebSocket subprotocol instead of in the URL. Only
       * servers of this project understand that. Default: false.
       */
      readonly tokenInProtocol?: boolean;
    }

    /** Methods of every object that the server knows. */
    interface Instance {
      /** Reads the object anew; the callback gets this same object. */
      fetch(callback?: Callback<this>): void;
      /** Changes one property, named as in the REST API. */
      update(name: string, value: string, callback?: Callback<this>): void;
      /** Changes several properties; objects among the values are sent as JSON text. */
      update(params: Params, callback?: Callback<this>): void;
      /** Deletes the object. */
      delete(callback?: Callback<unknown>): void;
      /** Gives the whole client a new token. */
      updateToken(token: string): void;
    }

    /** An object of which only `sid` is known; `fetch` reads the rest into it. */
    type Handle<T> = Partial<T> & Instance & { readonly sid: string };

    /** What all objects of a workspace have. */
    interface Common extends Instance {
      /** Identifier of this object. */
      readonly sid: string;
      /** Account it belongs to. */
      readonly accountSid: string;
      /** Workspace it belongs to. */
      readonly workspaceSid: string;
      /** That workspace, as a handle. */
      readonly workspace: Handle<WorkspaceInstance>;
      /** When it was made. */
      readonly dateCreated: Date;
      /** When it was last changed. */
      readonly dateUpdated: Date;
    }

    /** Figures that can be asked for. They come as a plain object. */
    interface Statistics<F> {
      /** Reads the figures. */
      fetch(callback: Callback<F>): void;
      /** Reads the figures of a time or a channel. */
      fetch(params: FiguresParams, callback: Callback<F>): void;
    }

    /** What figures can be asked for by. Figures of now look at `TaskChannel` only. */
    interface FiguresParams extends Params {
      /** Length of a time that ends now, in minutes; 15 if nothing is said. */
      readonly Minutes?: number | string;
      /** Start of the time; at most 30 days ago. */
      readonly StartDate?: Date | string;
      /** End of the time. */
      readonly EndDate?: Date | string;
      /** Kind of tasks, by SID or name. */
      readonly TaskChannel?: string;
      /** Seconds with commas between: how many waited longer, and how many did not. */
      readonly SplitByWaitTime?: string;
    }

    /** Objects with three kinds of figures. */
    interface Measured<Now, Time> {
      /** Figures of now and of a time together. */
      readonly statistics: Statistics<Subject & Combined<Now, Time>>;
      /** Figures of now. */
      readonly realtimeStats: Statistics<Subject & Now>;
      /** Figures of a time. */
      readonly cumulativeStats: Statistics<Subject & Time>;
    }

    /** Whom figures are about. */
    interface Subject {
      /** Account of the workspace. */
      readonly accountSid: string;
      /** The workspace. */
      readonly workspaceSid: string;
      /** The queue, if it is one. */
      readonly taskQueueSid?: string;
      /** The workflow, if it is one. */
      readonly workflowSid?: string;
      /** The worker, if it is one. */
      readonly workerSid?: string;
    }

    /** Figures of now and of a time. */
    interface Combined<Now, Time> {
      /** Figures of now. */
      readonly realtime: Now;
      /** Figures of the time. */
      readonly cumulative: Time;
    }

    /** Seconds. */
    interface Duration {
      readonly avg: number;
      readonly min: number;
      readonly max: number;
      readonly total: number;
    }

    /** How many workers are in each activity. */
    type ActivityStatistics = ReadonlyArray<{
      readonly sid: string;
      readonly friendlyName: string;
      readonly workers: number;
    }>;

    /** The tasks of now. */
    interface TasksNow {
      /** Tasks that are not over. */
      readonly totalTasks: number;
      /** Of them by status. */
      readonly tasksByStatus: {
        readonly pending: number;
        readonly reserved: number;
        readonly assigned: number;
        readonly wrapping: number;
      };
      /** Of them by priority. */
      readonly tasksByPriority: { readonly [priority: string]: number };
      /** Age of the oldest task that waits, in seconds; 0 if none does. */
      readonly longestTaskWaitingAge: number;
      /** That task. */
      readonly longestTaskWaitingSid: string | null;
    }

    /** The workers of now. */
    interface WorkersNow {
      /** All of them. */
      readonly totalWorkers: number;
      /** Of them by activity. */
      readonly activityStatistics: ActivityStatistics;
    }

    /** A workspace of now. */
    interface WorkspaceNow extends TasksNow, WorkersNow {}

    /** A task queue of now. */
    interface TaskQueueNow extends TasksNow {
      /** Workers of the queue. */
      readonly totalEligibleWorkers: number;
      /** Of them those whose activity takes tasks. */
      readonly totalAvailableWorkers: number;
      /** Workers of the queue by activity. */
      readonly activityStatistics: ActivityStatistics;
      /** Seconds that the task which is in the queue for longest is there. */
      readonly longestRelativeTaskAgeInQueue?: number;
      /** That task. */
      readonly longestRelativeTaskSidInQueue?: string | null;
    }

    /** Offers in a time. */
    interface ReservationsIn {
      /** Start of the time, as text. */
      readonly startTime: string;
      /** End of the time, as text. */
      readonly endTime: string;
      readonly reservationsCreated: number;
      readonly reservationsAccepted: number;
      readonly reservationsRejected: number;
      readonly reservationsTimedOut: number;
      readonly reservationsCanceled: number;
      readonly reservationsRescinded: number;
    }

    /** Tasks in a time. */
    interface TasksIn extends ReservationsIn {
      /** Seconds from a task's creation until it is accepted. */
      readonly avgTaskAcceptanceTime: number;
      readonly tasksCanceled: number;
      readonly tasksCompleted: number;
      readonly tasksDeleted: number;
      /** Tasks that went to another queue. */
      readonly tasksMoved: number;
      /** Waiting, from creation. */
      readonly waitDurationUntilAccepted: Duration;
      readonly waitDurationUntilCanceled: Duration;
      /** For each number of seconds that was asked for, who waited longer and who did not. */
      readonly splitByWaitTime: {
        readonly [seconds: string]: { readonly above: Split; readonly below: Split };
      } | null;
    }

    /** One side of a number of seconds. */
    interface Split {
      readonly tasksCanceled: number;
      readonly reservationsAccepted: number;
    }

    /** A workspace in a time. */
    interface WorkspaceIn extends TasksIn {
      readonly tasksCreated: number;
      /** Tasks that no target of their workflow was left for. */
      readonly tasksTimedOutInWorkflow: number;
    }

    /** A task queue in a time. */
    interface TaskQueueIn extends TasksIn {
      readonly tasksEntered: number;
      /** Waiting, from entering the queue. */
      readonly waitDurationInQueueUntilAccepted: Duration;
    }

    /** A workflow in a time. */
    interface WorkflowIn extends TasksIn {
      readonly tasksEntered: number;
      /** Tasks that no target was left for. */
      readonly tasksTimedOutInWorkflow: number;
    }

    /** Workers in a time. */
    interface WorkersIn extends ReservationsIn {
      /** How long they were in each activity. */
      readonly activityDurations: ReadonlyArray<
        Duration & { readonly sid: string; readonly friendlyName: string }
      >;
    }

    /** A collection of the server. */
    interface Collection<T> {
      /** Reads the first page. */
      fetch(callback: Callback<List<T>>): void;
      /** Reads the first page of what fits the parameters. */
      fetch(params: Params, callback: Callback<List<T>>): void;
      /** Reads one member. */
      fetch(sid: string, callback: Callback<T>): void;
      /** Makes a member. */
      create(params: Params, callback?: Callback<T>): void;
      /** Changes one property of a member. */
      update(sid: string, name: string, value: string, callback?: Callback<T>): void;
      /** Changes several properties of a member. */
      update(sid: string, params: Params, callback?: Callback<T>): void;
      /** Deletes a member. */
      delete(sid: string, callback?: Callback<unknown>): void;
    }

    /** One page of a collection. */
    interface List<T> extends Collection<T> {
      /** The members on this page. */
      readonly data: T[];
      /** Number of this page, from 0. */
      readonly page: number;
      /** How many members fit on a page. */
      readonly pageSize: number;
      /** Whether there is a page after this one. */
      readonly hasNext: boolean;
      /** Whether there is a page before this one. */
      readonly hasPrevious: boolean;
      /** Reads the page after this one; there only if `hasNext`. */
      next?(callback: Callback<List<T>>): void;
      /** Reads the page before this one; there only if `hasPrevious`. */
      previous?(callback: Callback<List<T>>): void;
    }

    /** What a worker can be doing. */
    interface Activity extends Common {
      /** Its name. */
      readonly friendlyName: string;
      /** Whether workers in it are offered tasks. */
      readonly available: boolean;
    }

    /** Data of a worker. */
    interface WorkerInstance extends Common {
      /** The worker's name. */
      readonly friendlyName: string;
      /** Its activity. */
      readonly activitySid: string;
      /** Name of its activity. */
      readonly activityName: string;
      /** Whether it can be offered tasks. */
      readonly available: boolean;
      /** Addition: whether a page of it is open. */
      readonly connected?: boolean;
      /** Addition: how many of its pages are open. */
      readonly connections?: number;
      /** Addition: when a page of it last gave a sign of life, as text. */
      readonly lastSeen?: string | null;
      /** What is known about it, parsed. */
      readonly attributes: any;
      /** When its activity changed. */
      readonly dateStatusChanged: Date;
      /** Counts its changes. */
      readonly version: number | string;
      /** Its figures of a time. */
      readonly statistics: Statistics<Subject & { readonly cumulative: WorkersIn }>;
    }

    /** How much of one kind of task a worker takes. */
    interface WorkerChannel extends Common {
      /** The worker. */
      readonly workerSid: string;
      /** The worker, as a handle. */
      readonly worker: Handle<WorkerInstance>;
      /** The kind of task. */
      readonly taskChannelSid: string;
      /** Name of the kind of task. */
      readonly taskChannelUniqueName: string;
      /** How many tasks at a time. */
      readonly configuredCapacity: number;
      /** Whether the worker takes such tasks at all. */
      readonly available: boolean;
      /** How many it has. */
      readonly assignedTasks: number;
      /** Free share of the capacity. */
      readonly availableCapacityPercentage: number;
    }

    /** Something to be done by a worker. */
    interface Task extends Common {
      /** Age in seconds when it was read. */
      readonly age: number;
      /** pending, reserved, assigned, wrapping, completed or canceled. */
      readonly assignmentStatus: string;
      /** What is known about it, parsed. */
      readonly attributes: any;
      /** What add-ons know about it, parsed. */
      readonly addons: any;
      /** Higher goes first. */
      readonly priority: number;
      /** Why it was completed or canceled. */
      readonly reason: string | null;
      /** Seconds after which it is canceled. */
      readonly timeout: number;
      /** The queue it waits in. */
      readonly taskQueueSid: string | null;
      /** Name of that queue. */
      readonly taskQueueFriendlyName: string | null;
      /** Its kind. */
      readonly taskChannelSid: string;
      /** Name of its kind. */
      readonly taskChannelUniqueName: string;
      /** The workflow that routes it. */
      readonly workflowSid: string | null;
      /** Name of that workflow. */
      readonly workflowFriendlyName: string | null;
      /** Addition: the same as `workflowFriendlyName`. */
      readonly workflowName?: string | null;
      /** That workflow, as a handle. */
      readonly workflow?: Handle<Workflow>;
      /** Addition: the same as `taskQueueSid`. */
      readonly queueSid?: string | null;
      /** Addition: the same as `taskQueueFriendlyName`. */
      readonly queueName?: string | null;
      /** Its queue, as a handle, where the server names it `queue_sid`. */
      readonly queue?: Handle<TaskQueueInstance>;
      /** Worker or queue it was made for. */
      readonly routingTarget: string | null;
      /** Whether capacity does not matter for it. */
      readonly ignoreCapacity: boolean;
      /** When it entered its queue, as text. */
      readonly taskQueueEnteredDate: string | null;
      /** From when on its age counts, as text. */
      readonly virtualStartTime: string | null;
      /** Addition: its place among those that wait in its queue, 1 is the next. */
      readonly position?: number | null;
      /** Addition: seconds until it is likely to be assigned. */
      readonly estimatedWait?: number | null;
      /** Addition: where it is in its workflow. */
      readonly step?: any;
      /** Addition: counts its changes. */
      readonly version?: number;
      /** Completes it. */
      complete(callback?: Callback<Task>, reason?: string): void;
    }

    /** An offer of a task to a worker, with what the worker can do about it. */
    interface Reservation extends Common {
      /** The task. */
      readonly taskSid: string;
      /** The task, with its data. */
      readonly task: Task;
      /** The worker. */
      readonly workerSid: string;
      /** Name of the worker. */
      readonly workerName: string;
      /** The worker, as a handle. */
      readonly worker: Handle<WorkerInstance>;
      /** pending, accepted, rejected, timeout, canceled, rescinded, wrapping or completed. */
      readonly reservationStatus: string;
      /** Addition: seconds that the worker has for an answer. */
      readonly reservationTimeout?: number;
      /** Addition: when that time is over, as text. */
      readonly dateExpires?: string | null;
      /** Addition: counts its changes. */
      readonly version?: number;

      /** Takes the task. */
      accept(callback?: Callback<Reservation>): void;
      /** Declines the task. */
      reject(callback?: Callback<Reservation>): void;
      /** Declines the task and changes the worker's activity. */
      reject(activitySid: string | null, callback?: Callback<Reservation>): void;
      /** Connects the waiting caller with the worker. */
      dequeue(
        from?: string | null,
        postWorkActivitySid?: string | null,
        record?: string | null,
        timeout?: string | number | null,
        statusCallbackUrl?: string | null,
        statusCallbackEvents?: string | null,
        to?: string | null | Callback<Reservation>,
        callback?: Callback<Reservation>,
      ): void;
      /** Calls the worker and runs the instructions at a URL. */
      call(
        from: string,
        url: string,
        statusCallbackUrl?: string | null,
        accept?: string | boolean | null,
        record?: string | null,
        to?: string | null,
        callback?: Callback<Reservation>,
      ): void;
      /** Sends the caller's call to the instructions at a URL. */
      redirect(callSid: string, url: string, callback?: Callback<Reservation>): void;
      /** The same, accepting the reservation first if `accept` is "true". */
      redirect(
        callSid: string,
        url: string,
        accept: string | boolean | null,
        callback?: Callback<Reservation>,
      ): void;
      /** Brings caller and worker together in a conference; options win over positions. */
      conference(
        from?: string | null,
        postWorkActivitySid?: string | null,
        timeout?: string | number | null,
        to?: string | null,
        callback?: Callback<Reservation> | null,
        options?: Params,
      ): void;
    }

    /** A queue of tasks. */
    interface TaskQueueInstance extends Common, Measured<TaskQueueNow, TaskQueueIn> {
      /** Its name. */
      readonly friendlyName: string;
      /** Expression that says which workers serve it. */
      readonly targetWorkers: string;
      /** How many workers one task is offered to at a time. */
      readonly maxReservedWorkers: number;
      /** FIFO or LIFO. */
      readonly taskOrder: string;
      /** Activity of a worker with an offer. */
      readonly reservationActivitySid: string | null;
      /** Its name. */
      readonly reservationActivityName: string | null;
      /** It, as a handle. */
      readonly reservationActivity?: Handle<Activity>;
      /** Activity of a worker with a task. */
      readonly assignmentActivitySid: string | null;
      /** Its name. */
      readonly assignmentActivityName: string | null;
      /** It, as a handle. */
      readonly assignmentActivity?: Handle<Activity>;
    }

    /** Rules that bring tasks into queues. */
    interface Workflow extends Common, Measured<TasksNow, WorkflowIn> {
      /** Its name. */
      readonly friendlyName: string;
      /** The rules, parsed. */
      readonly configuration: any;
      /** Who is asked what to do with a new reservation. */
      readonly assignmentCallbackUrl: string | null;
      /** Who is asked if the first does not answer. */
      readonly fallbackAssignmentCallbackUrl: string | null;
      /** Seconds until an offer times out. */
      readonly taskReservationTimeout: number;
    }

    /** Data of a workspace, with its collections. */
    interface WorkspaceInstance extends Common, Measured<WorkspaceNow, WorkspaceIn> {
      /** Its name. */
      readonly friendlyName: string;
      /** Activity of new workers. */
      readonly defaultActivitySid: string;
      /** Its name. */
      readonly defaultActivityName: string;
      /** It, as a handle. */
      readonly defaultActivity: Handle<Activity>;
      /** Activity of workers that let an offer time out. */
      readonly timeoutActivitySid: string;
      /** Its name. */
      readonly timeoutActivityName: string;
      /** It, as a handle. */
      readonly timeoutActivity: Handle<Activity>;
      /** Who is told of events. */
      readonly eventCallbackUrl: string | null;
      /** Which events that is, with commas between; all if it is empty. */
      readonly eventsFilter: string | null;
      /** Whether workers can have several tasks. */
      readonly multiTaskEnabled: boolean;
      /** How queues of equal priority take turns. */
      readonly prioritizeQueueOrder: string;
      /** Its activities. */
      readonly activities: Collection<Activity>;
      /** Its workflows. */
      readonly workflows: Collection<Workflow>;
      /** Its workers. */
      readonly workers: Collection<WorkerInstance> & Measured<WorkersNow, WorkersIn>;
      /** Its queues. */
      readonly taskqueues: Collection<TaskQueueInstance> & {
        /** Figures of the queues: a page of them. */
        readonly statistics: Statistics<List<Subject & Combined<TaskQueueNow, TaskQueueIn>>>;
        /** As in v1, although the REST API has no such figures of all queues together. */
        readonly realtimeStats: Statistics<unknown>;
        /** As in v1, although the REST API has no such figures of all queues together. */
        readonly cumulativeStats: Statistics<unknown>;
      };
      /** Its tasks. */
      readonly tasks: Collection<Task>;
    }

    /** Events that every client has. */
    interface ConnectionEvents {
      /** The socket has opened; comes before `ready`, on every connect. */
      connected: () => void;
      /** The socket has closed, or no connection could be made. */
      disconnected: (what: Disconnection) => void;
      /** The token ends in 5 s: hand in a new one with `updateToken`. */
      "token.expired": () => void;
      /** The connection has trouble, or sent something unreadable. */
      error: (what: ConnectionError) => void;
    }

    /** Events of a Worker. Names of the server that are not listed here come through as well. */
    interface WorkerEvents extends ConnectionEvents {
      /** Connected and read; comes on every connect. */
      ready: (worker: WorkerInstance) => void;
      /** The worker's activity changed. */
      "activity.update": (worker: WorkerInstance) => void;
      /** The worker's attributes changed. */
      "attributes.update": (worker: WorkerInstance) => void;
      /** The capacity of one of the worker's channels changed. */
      "capacity.update": (channel: WorkerChannel) => void;
      /** One of the worker's channels was opened or shut. */
      "channel.availability.update": (channel: WorkerChannel) => void;
      /** The worker is offered a task; after each connect also every offer still pending. */
      "reservation.created": (reservation: Reservation) => void;
      /** An offer was accepted. */
      "reservation.accepted": (reservation: Reservation) => void;
      /** An offer was rejected. */
      "reservation.rejected": (reservation: Reservation) => void;
      /** An offer ended because its time was over. */
      "reservation.timeout": (reservation: Reservation) => void;
      /** An offer ended because the task was canceled. */
      "reservation.canceled": (reservation: Reservation) => void;
      /** An offer ended because another worker took the task. */
      "reservation.rescinded": (reservation: Reservation) => void;
      /** A reservation's work is over. */
      "reservation.completed": (reservation: Reservation) => void;
      /** A reservation is being wrapped up. */
      "reservation.wrapup": (reservation: Reservation) => void;
    }

    /** Events of a Workspace or TaskQueue client. */
    interface PlainEvents<T> extends ConnectionEvents {
      /** Connected and read; comes on every connect. */
      ready: (instance: T) => void;
    }

    /** Methods to listen to events; `this` in a listener is the client. */
    interface Events<E extends { [N in keyof E]: (...args: any[]) => void }> {
      /** Calls listener on each event of that name. */
      on<N extends keyof E>(
        event: N,
        listener: (this: this, ...args: Parameters<E[N]>) => void,
      ): this;
      on(event: string, listener: (this: this, ...args: any[]) => void): this;
      /** The same as `on`. */
      addListener<N extends keyof E>(
        event: N,
        listener: (this: this, ...args: Parameters<E[N]>) => void,
      ): this;
      addListener(event: string, listener: (this: this, ...args: any[]) => void): this;
      /** Calls listener on the next event of that name only. */
      once<N extends keyof E>(
        event: N,
        listener: (this: this, ...args: Parameters<E[N]>) => void,
      ): this;
      once(event: string, listener: (this: this, ...args: any[]) => void): this;
      /** Takes a listener off. */
      removeListener(event: string, listener: (...args: any[]) => void): this;
      /** Takes off all listeners of an event, or of all. */
      removeAllListeners(event?: string): this;
      /** The listeners of an event, in calling order. */
      listeners(event: string): Array<(...args: any[]) => void>;
      /** How many listeners of one event are normal; 0 for any number. Default: 10. */
      setMaxListeners(limit: number): this;
      /** Calls the listeners of an event; tells whether there were any. */
      emit(event: string, ...args: any[]): boolean;
    }

    interface Worker extends WorkerInstance, Events<WorkerEvents> {}

    /**
     * The worker that a token is for, connected. Its data (`friendlyName`, `activityName`, …) are
     * on the object from the first `ready` on; that they are kept up to date is an addition.
     */
    class Worker {
      /**
       * Connects at once. Throws when the token is no capability token or the address of the
       * event bridge is none.
       *
       * @param token capability token of a worker
       * @param debug whether to log to the console; default true, off for false and "false"
       * @param connectActivitySid activity to take after connecting when no offer is pending
       * @param disconnectActivitySid activity to take when the connection or the page is gone
       * @param closeExistingSessions whether to end other connections of this worker
       * @param region ignored: there is one server
       * @param maxRetries how often to repeat a read that failed; default 0
       * @param apiBaseUrl REST server with version, `https://example.com/v1`; default: where the
       *   script came from
       * @param eventBridgeBaseUrl origin of the event bridge; default: the same server
       * @param options Addition: settings that v1 does not have
       */
      constructor(
        token: string,
        debug?: boolean | string | null,
        connectActivitySid?: string | null,
        disconnectActivitySid?: string | null,
        closeExistingSessions?: boolean | string | null,
        region?: string | null,
        maxRetries?: number | null,
        apiBaseUrl?: string | null,
        eventBridgeBaseUrl?: string | null,
        options?: Options | null,
      );
      /** The worker. */
      readonly workerSid: string;
      /** As given to the constructor. */
      readonly connectActivitySid?: string | null;
      /** As given to the constructor. */
      readonly disconnectActivitySid?: string | null;
      /** As given to the constructor. */
      readonly closeExistingSessions?: boolean | string | null;
      /** As given to the constructor. */
      readonly debug?: boolean | string | null;
      /** The token in use. */
      readonly token: string;
      /** Activities of the workspace. */
      readonly activities: Collection<Activity>;
      /**
       * Reads the worker's reservations with their tasks; all, or those that fit parameters such
       * as `{ReservationStatus: "pending"}`.
       */
      fetchReservations(callback: Callback<List<Reservation>>, params?: Params): void;
      /** Reads the worker's channels. */
      fetchChannels(callback: Callback<List<WorkerChannel>>): void;
      /** Changes a task. */
      updateTask(taskSid: string, params: Params, callback?: Callback<Task>): void;
      /** Completes a task; note that the callback comes before the reason. */
      completeTask(taskSid: string, callback?: Callback<Task>, reason?: string): void;
      /** Whether reservation events carry just what came with them, without asking the server. */
      setSkipFetchReservation(skip: boolean): void;
      /** @deprecated `activities.fetch` does the same. */
      fetchActivityList(callback: Callback<List<Activity>>): void;
      /** @deprecated `update("ActivitySid", …)` does the same. */
      updateActivity(activitySid: string, callback?: Callback<Worker>): void;
      /** Addition: closes the connection for good and leaves nothing behind on the page. */
      disconnect(): void;
    }

    interface Workspace extends WorkspaceInstance, Events<PlainEvents<WorkspaceInstance>> {}

    /** The workspace that a token is for, connected. */
    class Workspace {
      /** Connects at once; the arguments are those of Worker. */
      constructor(
        token: string,
        debug?: boolean | string | null,
        region?: string | null,
        maxRetries?: number | null,
        apiBaseUrl?: string | null,
        eventBridgeBaseUrl?: string | null,
        options?: Options | null,
      );
      /** The token in use. */
      readonly token: string;
      /** Addition: closes the connection for good. */
      disconnect(): void;
    }

    interface TaskQueue extends TaskQueueInstance, Events<PlainEvents<TaskQueueInstance>> {}

    /** The task queue that a token is for, connected. */
    class TaskQueue {
      /** Connects at once; the arguments are those of Worker. */
      constructor(
        token: string,
        debug?: boolean | string | null,
        region?: string | null,
        maxRetries?: number | null,
        apiBaseUrl?: string | null,
        eventBridgeBaseUrl?: string | null,
        options?: Options | null,
      );
      /** The token in use. */
      readonly token: string;
      /** Addition: closes the connection for good. */
      disconnect(): void;
    }
  }
}
