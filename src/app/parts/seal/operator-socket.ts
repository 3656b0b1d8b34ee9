import { OperatorServer } from '../../../operator/index.ts'
import { type CommandedParts, OperatorCommands } from './operator-commands.ts'

/** Opens the operator socket in the data directory. It closes before the parts that it commands. Throws OperatorError. */
export async function openOperatorSocket(parts: CommandedParts): Promise<void> {
  const { log, cleanup } = parts.base
  const commands = new OperatorCommands(parts)
  cleanup.add(() => commands.close())
  const server = await OperatorServer.listen({
    directory: parts.front.directory.path,
    handle: commands.handle,
    onFault: (error, command) => log.error({ err: error, command }, 'a command of the operator failed'),
  })
  cleanup.add(() => server.close())
}
