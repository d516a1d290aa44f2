// Times are shown in the reader's own zone, and relative ones stay true while
// the page is open. relative() says it as view.go does.

const pad = (n) => String(n).padStart(2, '0')
const clock = (t) => `${pad(t.getHours())}:${pad(t.getMinutes())}`
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const midnight = (t) => new Date(t.getFullYear(), t.getMonth(), t.getDate()).getTime()

function relative(t, now) {
  const after = t > now
  const s = Math.floor(Math.abs(now - t) / 1000)
  let n
  if (s < 5 && !after) return 'just now'
  if (s < 60) n = `${s} s`
  else if (s < 3600) n = `${Math.floor(s / 60)} min`
  else if (s < 86400) n = `${Math.floor(s / 3600)} h`
  else if (s < 7 * 86400) n = s < 2 * 86400 ? '1 day' : `${Math.floor(s / 86400)} days`
  else return `${t.getDate()} ${months[t.getMonth()]} ${t.getFullYear()}`
  return after ? `in ${n}` : `${n} ago`
}

function dayClock(t) {
  return `${days[t.getDay()]} ${t.getDate()} ${months[t.getMonth()]} ${clock(t)}`
}

// dayName is a day as a separator between messages says it.
export function dayName(t, now = new Date()) {
  const apart = Math.round((midnight(now) - midnight(t)) / 86400000)
  if (apart === 0) return 'Today'
  if (apart === 1) return 'Yesterday'
  const year = t.getFullYear() === now.getFullYear() ? '' : ` ${t.getFullYear()}`
  return `${days[t.getDay()]} ${t.getDate()} ${months[t.getMonth()]}${year}`
}

export function refresh(root = document) {
  const now = new Date()
  for (const el of root.querySelectorAll('time[datetime]')) {
    const t = new Date(el.dateTime)
    if (Number.isNaN(t.getTime())) continue
    const style = el.dataset.style
    const text = style === 'clock' ? clock(t) : style === 'day' ? dayClock(t) : relative(t, now)
    if (el.textContent !== text) el.textContent = text
    if (!el.title) el.title = t.toLocaleString()
  }
}

// soon tells whether a time on the page is so near that its seconds count.
function soon() {
  const now = Date.now()
  return [...document.querySelectorAll('time[data-style=relative]')].some((el) => Math.abs(new Date(el.dateTime) - now) < 65000)
}

export function start() {
  let last = 0
  refresh()
  setInterval(() => {
    if (document.hidden) return
    if (Date.now() - last > 15000 || soon()) {
      last = Date.now()
      refresh()
    }
  }, 1000)
  document.addEventListener('visibilitychange', () => document.hidden || refresh())
}
