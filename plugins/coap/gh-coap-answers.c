/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-layer-private.h"

#include <string.h>

/* What an entry costs beside its octets: the struct, the table's slots, the allocator's share. */
#define ENTRY_COST (sizeof (GhCoapAnswer) + 64)
/* Octets that are held free for an answer that is not there yet. */
#define ANSWER_RESERVE 256

static void
account (GhCoapAnswers *answers, GhCoapAnswer *answer, gsize cost)
{
  answers->used += cost - answer->cost;
  answers->all->used += cost - answer->cost;
  answer->cost = cost;
}

void
gh_coap_answers_remove (GhCoapAnswers *answers, GhCoapAnswer *answer)
{
  account (answers, answer, 0);
  g_queue_unlink (&answers->queue, &answer->node);
  g_hash_table_remove (answers->table, &answer->key);
  g_free (answer->octets);
  g_free (answer);
}

void
gh_coap_answers_expire (GhCoapAnswers *answers, gint64 now_us)
{
  /* All live equally long, so that the oldest stands first. */
  while (answers->queue.head != NULL
         && ((GhCoapAnswer *) answers->queue.head->data)->ends_us <= now_us)
    gh_coap_answers_remove (answers, answers->queue.head->data);
}

void
gh_coap_answers_clear (GhCoapAnswers *answers)
{
  while (answers->queue.head != NULL)
    gh_coap_answers_remove (answers, answers->queue.head->data);
  g_clear_pointer (&answers->table, g_hash_table_unref);
}

GhCoapAnswer *
gh_coap_answers_find (GhCoapAnswers *answers, guint64 key, gint64 now_us)
{
  gh_coap_answers_expire (answers, now_us);
  return answers->table != NULL ? g_hash_table_lookup (answers->table, &key) : NULL;
}

GhCoapAnswer *
gh_coap_answers_add (GhCoapAnswers *answers, guint64 key, gint64 now_us, gint64 lifetime_us,
                     guint *out_retry_s)
{
  const gsize cost = ENTRY_COST + ANSWER_RESERVE;
  GhCoapAnswer *answer;

  if (answers->used + cost > answers->limit || answers->all->used + cost > answers->all->limit)
    {
      const GhCoapAnswer *oldest = answers->queue.head != NULL ? answers->queue.head->data : NULL;
      gint64 wait_us = oldest != NULL ? oldest->ends_us - now_us : lifetime_us;

      *out_retry_s = (guint) (wait_us / G_USEC_PER_SEC) + 1;
      return NULL;
    }
  if (answers->table == NULL)
    answers->table = g_hash_table_new (g_int64_hash, g_int64_equal);
  answer = g_new0 (GhCoapAnswer, 1);
  answer->key = key;
  answer->ends_us = now_us + lifetime_us;
  answer->node.data = answer;
  account (answers, answer, cost);
  g_queue_push_tail_link (&answers->queue, &answer->node);
  g_hash_table_insert (answers->table, &answer->key, answer);
  return answer;
}

void
gh_coap_answers_keep (GhCoapAnswers *answers, GhCoapAnswer *answer, const guint8 *octets,
                      gsize length)
{
  g_free (answer->octets);
  answer->octets = g_memdup2 (octets, length);
  answer->length = length;
  account (answers, answer, ENTRY_COST + length);
}
