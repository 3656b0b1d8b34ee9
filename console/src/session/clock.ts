let offsetMillis = 0

/** The time by which calls are signed: that of this device, and the difference to the server's if somebody asked for it. */
export function now(): Date {
  return new Date(Date.now() + offsetMillis)
}

/** Takes the server's time from here on. It lasts until the page is loaded again. */
export function takeTimeOf(serverDate: Date, receivedAt: Date): void {
  offsetMillis += serverDate.getTime() - receivedAt.getTime()
}
