import { TokenProblem } from './problem.ts'

/** The binding to native code. */
export type Koffi = typeof import('koffi').default

/** Loads the binding, which is an optional dependency. Rejects with TokenProblem `NotLoaded`. */
export async function loadBinding(): Promise<Koffi> {
  try {
    return (await import('koffi')).default
  } catch (error) {
    const why = (error as Error).message.split('\n', 1)[0]
    throw new TokenProblem(
      'NotLoaded',
      `PKCS#11 needs the package koffi, which cannot be loaded: ${why}. Install it with npm install koffi`,
    )
  }
}

/** prctl(2). */
const parentDeathSignal = 1
const sigkill = 9

/**
 * Has the kernel end this process when the server ends, because a library that hangs never notices that its pipe was closed. Outside
 * Linux it stays until its library answers.
 */
export function endWithParent(koffi: Koffi): Koffi {
  if (process.platform !== 'linux') return koffi
  const prctl = koffi.load(null).func('prctl', 'int', ['int', ...Array<'ulong'>(4).fill('ulong')])
  prctl(parentDeathSignal, sigkill, 0, 0, 0)
  return koffi
}
