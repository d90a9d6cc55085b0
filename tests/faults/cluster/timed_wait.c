// Beside libfaketime, which knows pthread_cond_timedwait but not the C11 call that librdkafka waits with: there a deadline of
// the shifted clock would be waited for by the true one, days on end.
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

int cnd_timedwait(cnd_t* restrict condition, mtx_t* restrict mutex, const struct timespec* restrict deadline) {
  // In glibc they are the same things.
  const int outcome = pthread_cond_timedwait((pthread_cond_t*)condition, (pthread_mutex_t*)mutex, deadline);
  return outcome == 0 ? thrd_success : outcome == ETIMEDOUT ? thrd_timedout : thrd_error;
}
