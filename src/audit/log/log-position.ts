/** A place in the durable log: the end of a line. */
export interface LogPosition {
  readonly stream: string
  readonly file: string
  readonly offset: number
}

/** A place in the files of one log. */
export type FilePlace = Pick<LogPosition, 'file' | 'offset'>
