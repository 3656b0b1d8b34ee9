import { loadConfig, type SettingValues, verifyDatabase } from '../app/index.ts'
import { shownText } from '../std/index.ts'
import type { Subcommand } from './subcommand.ts'
import { readSecret } from './terminal.ts'

/** The subcommand that checks the whole database of a stopped server. Its exit status is 1 if something does not verify. */
export const verify: Subcommand = {
  summary: 'check that the database of a stopped server was not changed outside of Keyward',
  async run(flags: SettingValues): Promise<void> {
    let faults = 0
    let shown = 0
    const report = {
      fault(text: string) {
        faults++
        const line = shownText(text)
        process.stdout.write(line.endsWith('.') ? `${line}\n` : `${line}.\n`)
      },
      progress(checked: number, of: number) {
        const percent = Math.floor((checked / Math.max(of, 1)) * 10) * 10
        if (percent <= shown) return
        shown = percent
        process.stderr.write(`${checked} of ${of} entities checked (${percent} %)\n`)
      },
    }
    const count = await verifyDatabase(loadConfig(flags), report, readSecret)
    if (faults === 0) process.stdout.write(`The database is whole: ${count} entities verify.\n`)
    else {
      const found = faults === 1 ? '1 fault' : `${faults} faults`
      process.stdout.write(`The database is not whole: ${found} in ${count} entities.\n`)
      process.exitCode = 1
    }
  },
}
