import { type Shape, timestamp } from '../../../std/index.ts'

/** A time in an answer of IAM, whose records have no comma after the year (recorded from AWS: `Jul 10, 2023 12:24:29 PM`). */
export function date(): Shape<number> {
  const shape = timestamp()
  return { ...shape, disclose: millis => String(shape.disclose(millis)).replace(/(\d{4}),/, '$1') }
}
