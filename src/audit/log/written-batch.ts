/** The bytes of one write to the log, whole lines, and where they begin. */
export interface WrittenBatch {
  readonly file: string
  readonly offset: number
  readonly bytes: Buffer
}
