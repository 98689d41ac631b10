# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# The mutants that unit tests find. copy.cmake plants them all in a copy of the headers; plant.cmake describes
# mutant(). FLUXGATE_MUTANT switches one on, and FOUND_BY is the test that is run for it.

# ---- Keyed breakers -------------------------------------------------------------------------------

mutant("a candidate that has opened since is dropped"
    FOUND_BY "a breaker that was to go next, and has opened since, stays"
    IN detail/keyed/shelf.hpp
    NEVER [=[BreakerAccess::is_closed(*node.breaker()) == seen.is_open]=])

mutant("a candidate that was used since is dropped"
    FOUND_BY "a breaker that was to go next, and is used since, stays"
    IN detail/keyed/shelf.hpp
    NEVER [=[node.used != seen.used]=])

mutant("a candidate that is held is dropped"
    FOUND_BY "a breaker that was to go next stays while something is being done through a registry"
    IN detail/keyed/shelf.hpp
    NEVER [=[listed.use_count() != 1]=])

mutant("an open breaker goes although a closed one has come free"
    FOUND_BY "a closed breaker that comes free goes before an open one that was to go next"
    IN detail/keyed/eviction.hpp
    NEVER [=[seen.is_open && !has_looked_for_closed]=])

mutant("a closed one that is not the least recently used goes"
    FOUND_BY "of up to 500, the one that was used least recently goes, whatever was used in between"
    IN detail/keyed/eviction.hpp
    REPLACES [=[const auto& [seen, node] : best]=]
    BY [=[const auto& [seen, node] : (MUTANT ? std::vector<Best>(best.rbegin(), best.rend()) : best)]=])

mutant("a walk goes on in a table that has grown as if it were the old one"
    FOUND_BY "a walk sees all nodes, also where a table grows under it"
    IN detail/keyed/shard_walk.hpp
    NEVER [=[bucket_count_ != buckets]=])

mutant("a key whose factory threw keeps its share"
    FOUND_BY "a key whose factory throws takes no share"
    IN detail/keyed/shelf.hpp
    REPLACES [=[        --size_;
        budget_->set_size(static_cast<std::int64_t>(size_));
        return owned;
    }
    [[nodiscard]] static]=]
    BY [=[        --size_;
        if (!MUTANT) {
            budget_->set_size(static_cast<std::int64_t>(size_));
        }
        return owned;
    }
    [[nodiscard]] static]=])

mutant("a place is given back twice"
    FOUND_BY "a place is taken and given back once each time"
    IN detail/machine/budget_place.hpp
    REPLACES [=[if (std::exchange(is_taken_, false)) {]=]
    BY [=[if (MUTANT ? is_taken_ : std::exchange(is_taken_, false)) {]=])

mutant("a refusal is remembered over a no"
    FOUND_BY "a refusal counts again once the tripper has said no, or a command has come"
    IN detail/machine/budget_place.hpp
    REPLACES [=[place->was_refused_ = is_refused_;]=]
    BY [=[place->was_refused_ = is_refused_ || (MUTANT && place->was_refused_);]=])

mutant("a refusal is remembered over a command"
    FOUND_BY "a refusal counts again once the tripper has said no, or a command has come"
    IN detail/machine/budget_place.hpp
    REPLACES [=[        was_refused_ = false;
    }]=]
    BY [=[        was_refused_ = MUTANT && was_refused_;
    }]=])

# ---- Totals ---------------------------------------------------------------------------------------

mutant("a row that grows loses its last cells"
    FOUND_BY "no count is lost where a row grows"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[i != capacity; ++i]=]
    BY [=[i + (MUTANT ? 2 : 0) < capacity; ++i]=])

mutant("a row is given to two threads"
    FOUND_BY "two threads never have the same row"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[free_rows_.pop_back();]=]
    BY [=[if (!MUTANT) {
            free_rows_.pop_back();
        }]=])

mutant("a thread takes another row when its own grows"
    FOUND_BY "a thread has one row, however many breakers come"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[if (self.row == nullptr) {
            self.row = take_row();]=]
    BY [=[if (self.row == nullptr || MUTANT) {
            self.row = take_row();]=])

mutant("a thread at its very end takes a row"
    FOUND_BY "a thread that counts at its very end leaves no row behind"
    IN detail/machine/totals_bank.hpp
    NEVER [=[self.has_ended]=])

mutant("a slot is given back with what its threads have counted together"
    FOUND_BY "a breaker begins at zero, whatever the one before it in its place has counted"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[.shared = {}, .next_free]=]
    BY [=[.shared = MUTANT ? slots_[slot].shared : Counts{}, .next_free]=])

mutant("a slot is given back with the last cell of a row"
    FOUND_BY "a breaker begins at zero, whatever the one before it in its place has counted"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[            if (slot < row->capacity) {
                row->cell(slot).clear();]=]
    BY [=[            if (slot + (MUTANT ? 1 : 0) < row->capacity) {
                row->cell(slot).clear();]=])

mutant("a slot is used once"
    FOUND_BY "places of totals are used again"
    IN detail/machine/totals_bank.hpp
    ALWAYS [=[first_free_ == none]=])

mutant("the slots behind the first free one are lost"
    FOUND_BY "places of totals are used again"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[.next_free = first_free_}]=]
    BY [=[.next_free = MUTANT ? none : first_free_}]=])

# ---- Overdue calls --------------------------------------------------------------------------------

mutant("a ring of slices that is full takes another one"
    FOUND_BY "slices beyond the cells of a ring are one, until some are taken"
    IN detail/machine/overdue_ring.hpp
    ALWAYS [=[passed < size - (next_ - oldest_)]=])

mutant("a call of before a change is settled twice"
    FOUND_BY "a call of before a change of the threshold is settled once"
    IN detail/machine/overdue_ring.hpp
    NEVER [=[(*found & most) == 0]=])

mutant("calls that have ended are remembered over a change"
    FOUND_BY "a call of before a change of the threshold is settled once"
    IN detail/machine/overdue_ring.hpp
    NEVER [=[(bits & most) != 0]=])

mutant("slices stay as wide as before a change"
    FOUND_BY "after a change, slices are as wide as the new threshold has them"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[threshold_.set(threshold);]=]
    BY [=[threshold_.set(MUTANT ? threshold_.get() : threshold);]=])

mutant("the error stays as it was before a change"
    FOUND_BY "after a change, slices are as wide as the new threshold has them"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[late_after_.set(sum_of(threshold, error));]=]
    BY [=[late_after_.set(sum_of(threshold, MUTANT ? std::chrono::nanoseconds{0} : error));]=])

mutant("a call is late although the clock may be behind"
    FOUND_BY "a call is late by the clock that may be behind"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[late_after_{sum_of(threshold, error)}]=]
    BY [=[late_after_{sum_of(threshold, MUTANT ? std::chrono::nanoseconds{0} : error)}]=])

mutant("an error may be twice as large"
    FOUND_BY "an error that a threshold bears is a half of what its slices spare of an eighth"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[error <= spare / 2]=]
    BY [=[error <= spare / (MUTANT ? 1 : 2)]=])

# ---- Calls that hang on ---------------------------------------------------------------------------

mutant("a call that has come back hangs on"
    FOUND_BY "a call that has come back is no more evidence"
    IN detail/machine/hanging_calls.hpp
    NEVER [=[found != nullptr]=])

mutant("nobody looks for calls that hang on before others are overdue"
    FOUND_BY "a call that begins beside others finds calls that hang on"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[(std::min)(due, other_due_)]=]
    BY [=[MUTANT ? due : (std::min)(due, other_due_)]=])

mutant("what hung before a transition hangs after it"
    FOUND_BY "a transition ends what hanging calls of before say"
    IN detail/machine/locked.hpp
    REPLACES [=[        hanging.clear();
        earlier]=]
    BY [=[        if (!MUTANT) {
            hanging.clear();
        }
        earlier]=])

mutant("calls hang on by the threshold of before"
    FOUND_BY "a text that is exchanged while calls hang"
    IN detail/machine/missing_calls.hpp
    REPLACES [=[} else if (is_other) {]=]
    BY [=[} else if (is_other && !MUTANT) {]=])

mutant("trials that hang are no more evidence for the tripper"
    FOUND_BY "trials that hang on open a circuit that leaves the verdict to the tripper"
    IN detail/machine/missing_calls.hpp
    NEVER [=[!locked.trials.are_judged_by(locked.permit)]=])

mutant("trials hang on that another permit judges"
    FOUND_BY "a permit that judges trials is not asked about trials that hang on"
    IN detail/machine/exchange.hpp
    NEVER [=[locked.period.row().settling == Settling::decides_trial]=])

mutant("a call that was taken stays under way"
    FOUND_BY "info tells how many calls are under way, where calls may be overdue"
    IN detail/machine/overdue_ring.hpp
    NEVER [=[is_of_now && taken_ != 0]=])

# ---- Recorders and readers ------------------------------------------------------------------------

mutant("a ring of calls is never half full"
    FOUND_BY "a ring of calls is half full from the half on, and full at its end"
    IN detail/recording/call_ring.hpp
    NEVER [=[put_.load(std::memory_order_relaxed) - taken_.load(std::memory_order_relaxed) >=
               capacity / 2]=])

mutant("a ring of calls keeps what was taken"
    FOUND_BY "a ring of calls keeps nothing that was taken"
    IN detail/recording/call_ring.hpp
    REPLACES [=[std::exchange(cells_[taken % capacity], T{});]=]
    BY [=[MUTANT ? cells_[taken % capacity] : std::exchange(cells_[taken % capacity], T{});]=])

mutant("a call at a thread's very end makes a ring"
    FOUND_BY "a call at the very end of a thread is counted as lost, and its mark is written"
    IN detail/recording/buffered_call_log.hpp
    NEVER [=[self.has_ended]=])

mutant("the recorder's thread takes signals"
    FOUND_BY "a recorder's thread takes no signals, and leaves those of its maker as they were"
    IN detail/signals_blocked.hpp
    REPLACES [=[pthread_sigmask(SIG_SETMASK, &all, &before_);]=]
    BY [=[pthread_sigmask(SIG_SETMASK, MUTANT ? nullptr : &all, &before_);]=])

mutant("the recorder's maker takes no signals any more"
    FOUND_BY "a recorder's thread takes no signals, and leaves those of its maker as they were"
    IN detail/signals_blocked.hpp
    REPLACES [=[pthread_sigmask(SIG_SETMASK, &before_, nullptr);]=]
    BY [=[pthread_sigmask(SIG_SETMASK, MUTANT ? nullptr : &before_, nullptr);]=])

mutant("a stream that has failed is given up"
    FOUND_BY "a disk that was full for a while has all calls but those of that while"
    IN detail/recording/call_writer.hpp
    REPLACES [=[!has_failed_ || resume()]=]
    BY [=[!has_failed_ || (!MUTANT && resume())]=])

mutant("lines that a stream has not taken are not lost"
    FOUND_BY "a disk that was full for a while has all calls but those of that while"
    IN detail/recording/call_writer.hpp
    REPLACES [=[std::ranges::upper_bound(ends_, taken)]=]
    BY [=[std::ranges::upper_bound(ends_, MUTANT ? text_.size() : taken)]=])

mutant("a line of names that was not written is not written again"
    FOUND_BY "a disk that was full for a while has all calls but those of that while"
    IN detail/recording/call_writer.hpp
    NEVER [=[taken < end_of_header_]=])

mutant("a torn line has no end"
    FOUND_BY "a disk that was full for a while has all calls but those of that while"
    IN detail/recording/call_writer.hpp
    REPLACES [=[if (had_failed) {]=]
    BY [=[if (had_failed && !MUTANT) {]=])

mutant("lost calls are told again"
    FOUND_BY "a disk that was full for a while has all calls but those of that while"
    IN detail/recording/call_writer.hpp
    REPLACES [=[        told_lost_ = lost;
        return true;]=]
    BY [=[        told_lost_ = MUTANT ? told_lost_ : lost;
        return true;]=])

mutant("a mark that the stream's buffer has kept is told again"
    FOUND_BY "a file that reached its limit goes on when that is raised"
    IN detail/recording/call_writer.hpp
    NEVER [=[is_in_doubt_ && has_file_buffer()]=])

mutant("a text that is in doubt is taken for written"
    FOUND_BY "a file that reached its limit goes on when that is raised"
    IN detail/recording/call_writer.hpp
    REPLACES [=[return has_thrown || is_in_doubt_ ? 0 : taken;]=]
    BY [=[return (has_thrown || is_in_doubt_) && !MUTANT ? 0 : taken;]=])

mutant("a stream is not flushed"
    FOUND_BY "a stream is flushed behind what it was given, and not without"
    IN detail/recording/call_writer.hpp
    ALWAYS [=[buffer->pubsync() == 0]=])

mutant("times do not follow the system clock"
    FOUND_BY "the times of a record follow the system clock when that is set"
    IN detail/machine/call_logging.hpp
    NEVER [=[now >= next_look_.load(std::memory_order_relaxed)]=])

mutant("a line without an end is wrong"
    FOUND_BY "a line that is torn is left out, and told at the end"
    IN call_reader.hpp
    REPLACES [=[!has_names && !is_torn_at_end() &&]=]
    BY [=[!has_names && (MUTANT || !is_torn_at_end()) &&]=])

mutant("a line before a mark is wrong"
    FOUND_BY "a line that is torn is left out, and told at the end"
    IN call_reader.hpp
    NEVER [=[is_mark(line_) && count_lost(line_, fault)]=])

mutant("a quotation mark of a torn line swallows the mark of lost calls"
    FOUND_BY "a line that is torn is left out, and told at the end"
    IN call_reader.hpp
    NEVER [=[is_mark(more_) && line_.ends_with(detail::torn_line_end)]=])

mutant("a torn line swallows the names behind it"
    FOUND_BY "a line that is torn is left out, and told at the end"
    IN call_reader.hpp
    REPLACES [=[const bool has_names = is_torn_before_names(text);]=]
    BY [=[const bool has_names = is_torn_before_names(text) && !MUTANT;]=])

mutant("torn lines are told again and again"
    FOUND_BY "a disk that was full for a while has all calls but those of that while"
    IN call_reader.hpp
    REPLACES [=[is_torn_told_ = true;]=]
    BY [=[is_torn_told_ = !MUTANT;]=])

mutant("names behind a part of a call are names of columns"
    FOUND_BY "a line that is torn is left out, and told at the end"
    IN call_reader.hpp
    REPLACES [=[if (is_torn_before_names(line_)) {
            take_torn]=]
    BY [=[if (is_torn_before_names(line_) && !MUTANT) {
            take_torn]=])

mutant("a mark too many swallows calls"
    FOUND_BY "a line that is torn is left out, and told at the end"
    IN call_reader.hpp
    NEVER [=[parser_.parse(std::string_view{line_}.substr(begin, end - begin), fault)]=])

mutant("the line behind a wrong one is missed"
    FOUND_BY "who goes on behind a wrong line misses no other"
    IN call_reader.hpp
    REPLACES [=[        has_more_ = true;
        return false;]=]
    BY [=[        has_more_ = !MUTANT;
        return false;]=])

mutant("a field that is named twice is the last one"
    FOUND_BY "a line of names that names a field twice is told"
    IN detail/text/call_parser.hpp
    NEVER [=[is_ambiguous || column != none]=])
