import { readFileSync } from 'node:fs'
import type { Located } from '../../std/index.ts'

/** Reads the file of certificates in PEM that a setting names. Throws OperatorError. */
export function readCertificates(at: Located): string {
  try {
    return readFileSync(at.text(), 'utf8')
  } catch (error) {
    throw at.error(`cannot be read: ${(error as Error).message}`)
  }
}
