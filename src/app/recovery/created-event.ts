/** The event of the audit log that records a complete backup. */
export const createdEvent = 'CreateBackup'
