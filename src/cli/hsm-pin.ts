import { resolve } from 'node:path'
import { readSecret } from './terminal.ts'

/**
 * Runs work with the user PIN of a token: the file that is named, or what is typed at a prompt, which is wiped after it. Throws
 * OperatorError as `readSecret` does.
 */
export async function withPin<T>(
  whose: string,
  file: string | undefined,
  work: (pin: { readonly path: string } | { readonly bytes: Buffer }) => Promise<T>,
): Promise<T> {
  if (file !== undefined) return await work({ path: resolve(file) })
  const bytes = await readSecret(`User PIN of ${whose}: `, 'No PIN was given.')
  try {
    return await work({ bytes })
  } finally {
    bytes.fill(0)
  }
}
