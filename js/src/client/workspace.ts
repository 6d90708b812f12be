import { WorkspaceResource } from "../object/workspace.ts";
import { plainClient } from "./plain.ts";

/**
 * A live workspace: its collections and statistics, and the events of its own connection. What
 * an administrator's page and a wallboard are made with.
 *
 * Spec: sdk-v1-api 2, 7.2
 */
export class Workspace extends plainClient(WorkspaceResource, () => "") {}
