import type { ChildProcess } from 'node:child_process'

/** An operation on a data directory that a run kills at every part of its time. */
export interface Operation {
  readonly name: string
  /** The states of the disk that a long run must have left at least once; `Round.states` finds them. */
  readonly states: readonly string[]
  /** Prepares a round in an empty directory, up to the moment before the operation. */
  prepare(directory: string): Promise<Round>
  /** Ends what the rounds share. */
  end(): Promise<void>
}

/** One run of an operation, which is killed, looked at, and done again until it is done. */
export interface Round {
  /** Begins the operation. */
  begin(): Running
  /** Whether the operation has had its first visible effect. The time until the kill counts from there. It is asked very often. */
  hasBegun(): boolean
  /**
   * Returns the states of the disk: after a kill, and while the operation runs if the kill waits for one of them. It must not
   * change anything.
   */
  states(): readonly string[]
  /**
   * Starts a server again, asserts that nothing acknowledged is lost, does the operation again until it is done, and asserts
   * that everything is whole. All servers have stopped afterwards.
   */
  finish(): Promise<void>
  /** Ends everything that still runs, after a round or a fault. */
  end(): Promise<void>
}

/** An operation that runs. */
export interface Running {
  /** The processes that the kill ends, each with its children. Each is the leader of a process group. */
  processes(): readonly ChildProcess[]
  /** Resolves when the operation is done, or when it ended because its processes were killed. Rejects if it failed by itself. */
  readonly ended: Promise<void>
}
