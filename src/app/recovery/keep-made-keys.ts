import type { Store } from '../../store/index.ts'

/**
 * Keeps the keys in HSMs whose making had not ended at the time of a backup. The server would destroy them, because the restored database has
 * no such keys. But a newer database may have them: they were stored a moment after the backup. `keyward hsm audit` lists the ones that nobody
 * needs.
 */
export async function keepMadeKeys(store: Store): Promise<void> {
  const tasks = await store.reader.tokenKeys.listTasks()
  const making = tasks.filter(({ task }) => task === 'make')
  if (making.length === 0) return
  await store.write(async ({ tokenKeys }) => {
    for (const task of making) await tokenKeys.deleteTask(task)
  })
}
