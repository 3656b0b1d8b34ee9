import { ApiError } from './errors.ts'

/** Reads a file of the server that needs no signature. Throws ApiError if it does not answer. */
export async function readPublicJson(path: string): Promise<unknown> {
  try {
    const response = await fetch(path)
    return await response.json()
  } catch {
    throw new ApiError({ code: 'NetworkError', text: 'The server does not answer.', status: 0 })
  }
}
