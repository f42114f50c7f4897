"""Day-ahead price sources."""
